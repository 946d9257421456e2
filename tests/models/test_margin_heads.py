import copy
import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from mojika.errors import UserError
from mojika.models.heads.adacos import AdaCosHead
from mojika.models.heads.margin import ArcFaceHead, CosFaceHead

N, FEATURES, CLASSES = 9, 16, 7
HEADS = [ArcFaceHead, CosFaceHead, AdaCosHead]


@pytest.fixture(autouse=True)
def same_weights_in_every_run():
    torch.manual_seed(0)


def batch(seed=0):
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(N, FEATURES, generator=generator)
    targets = torch.randint(CLASSES, (N,), generator=generator)
    return features, targets


def whole(targets):
    return [(targets, torch.ones(len(targets)))]


def angles(head, features):
    """θ `(N, classes)` in float64, one pair of vectors at a time."""
    return np.array(
        [
            [
                math.acos(max(-1.0, min(1.0, float(x @ w) / (float(x.norm()) * float(w.norm())))))
                for w in head.weight.detach().double()
            ]
            for x in features.double()
        ]
    )


@pytest.mark.parametrize("head", [ArcFaceHead(FEATURES, CLASSES, 20.0), CosFaceHead(FEATURES, CLASSES, 20.0)])
def test_inference_knows_no_margin(head):
    features, _ = batch()
    np.testing.assert_allclose(head(features).detach(), 20 * np.cos(angles(head, features)), atol=1e-4)


@pytest.mark.parametrize("margin", [0.0, 0.3, 0.5, 0.9])
def test_arcface_adds_the_margin_to_the_angle_of_the_target(margin):
    head = ArcFaceHead(FEATURES, CLASSES, scale=16.0, margin=margin)
    features, targets = batch()
    theta = angles(head, features)
    expected = 16 * np.cos(theta)
    for row, target in enumerate(targets.tolist()):
        assert theta[row, target] + margin < math.pi
        expected[row, target] = 16 * math.cos(theta[row, target] + margin)
    (seen,) = head.training_logits(head(features), whole(targets))
    np.testing.assert_allclose(seen.detach(), expected, atol=2e-4)


def test_cosface_takes_the_margin_from_the_cosine_of_the_target():
    head = CosFaceHead(FEATURES, CLASSES, scale=16.0, margin=0.35)
    features, targets = batch()
    expected = 16 * np.cos(angles(head, features))
    expected[np.arange(N), targets.numpy()] -= 16 * 0.35
    (seen,) = head.training_logits(head(features), whole(targets))
    np.testing.assert_allclose(seen.detach(), expected, atol=2e-4)


def head_on_a_circle(head):
    """Class vectors (1, 0), (0, 1), (0, -1): the angle of a feature to class 0 can be dialled."""
    with torch.no_grad():
        head.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, -1.0]]))
    return head


def test_arcface_goes_on_falling_where_the_angle_with_margin_passes_pi():
    head = head_on_a_circle(ArcFaceHead(2, 3, scale=1.0, margin=0.5))
    theta = torch.linspace(0.02, math.pi - 0.02, 200, dtype=torch.float64)
    features = torch.stack([theta.cos(), theta.sin()], 1).float()
    (seen,) = head.training_logits(head(features), whole(torch.zeros(200, dtype=torch.int64)))
    target = seen[:, 0].detach()
    assert (target.diff() < 0).all()
    far = theta + 0.5 > math.pi
    expected = torch.where(far, theta.cos() - 0.5 * math.sin(0.5), (theta + 0.5).cos())
    torch.testing.assert_close(target, expected.float(), atol=2e-5, rtol=0)


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_gradients_are_finite_where_feature_and_class_vector_are_parallel(kind, sign):
    torch.manual_seed(0)
    head = kind(FEATURES, CLASSES).train()
    targets = torch.arange(CLASSES)
    features = (sign * 3 * head.weight.detach()).requires_grad_()
    (seen,) = head.training_logits(head(features), whole(targets))
    F.cross_entropy(seen, targets).backward()
    assert torch.isfinite(seen).all()
    assert torch.isfinite(features.grad).all() and torch.isfinite(head.weight.grad).all()
    assert features.grad.abs().max() < 100


@pytest.mark.parametrize("kind", [ArcFaceHead, CosFaceHead])
def test_gradient_is_that_of_the_formula_in_float64(kind):
    torch.manual_seed(1)
    head = kind(FEATURES, CLASSES, 8.0, 0.4)
    features, targets = batch(1)
    features.requires_grad_()
    (seen,) = head.training_logits(head(features), whole(targets))
    F.cross_entropy(seen, targets).backward()

    exact = features.detach().double().requires_grad_()
    weight = head.weight.detach().double()
    cosine = (exact @ weight.T) / exact.norm(dim=1, keepdim=True) / weight.norm(dim=1)
    at_target = F.one_hot(targets, CLASSES).bool()
    with_margin = (cosine.acos() + 0.4).cos() if kind is ArcFaceHead else cosine - 0.4
    F.cross_entropy(8 * torch.where(at_target, with_margin, cosine), targets).backward()
    torch.testing.assert_close(features.grad.double(), exact.grad, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", [ArcFaceHead, CosFaceHead])
def test_each_part_of_a_mixed_batch_gets_the_margin_at_its_own_target(kind):
    head = kind(FEATURES, CLASSES)
    features, first = batch()
    second = (first + 3) % CLASSES
    logits = head(features)
    parts = [(first, torch.full((N,), 0.6)), (second, torch.full((N,), 0.4))]
    both = head.training_logits(logits, parts)
    for seen, (targets, _) in zip(both, parts, strict=True):
        torch.testing.assert_close(seen, head.training_logits(logits, whole(targets))[0])
        assert ((seen != logits).nonzero() == torch.stack([torch.arange(N), targets], 1)).all()


@pytest.mark.parametrize("kind", HEADS)
def test_logits_are_float32_under_autocast(kind):
    head = kind(FEATURES, CLASSES)
    features, targets = batch()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = head(features.bfloat16())
        (seen,) = head.training_logits(logits, whole(targets))
    assert logits.dtype == seen.dtype == torch.float32
    assert kind is AdaCosHead or torch.equal(logits, head(features.bfloat16().float()))


def next_scale(scale, theta, targets):
    """The update rule of AdaCos, spelled out sample by sample."""
    sums = [
        sum(math.exp(scale * math.cos(theta[row, other])) for other in range(theta.shape[1]) if other != target)
        for row, target in enumerate(targets)
    ]
    own = sorted(theta[row, target] for row, target in enumerate(targets))
    median = own[(len(own) - 1) // 2]
    return math.log(sum(sums) / len(sums)) / math.cos(min(math.pi / 4, median))


def test_adacos_follows_the_papers_rule_step_by_step():
    torch.manual_seed(2)
    head = AdaCosHead(FEATURES, CLASSES).train()
    expected = math.sqrt(2) * math.log(CLASSES - 1)
    assert float(head.scale) == pytest.approx(expected, rel=1e-6)
    for seed in range(4):
        features, targets = batch(seed)
        if seed % 2:  # targets that are nearly learned: the median angle falls below π/4
            features = head.weight.detach()[targets] + 0.05 * features
        theta = angles(head, features)
        (seen,) = head.training_logits(head(features), whole(targets))
        expected = next_scale(expected, theta, targets.tolist())
        assert float(head.scale) == pytest.approx(expected, rel=1e-5)
        np.testing.assert_allclose(seen.detach(), expected * np.cos(theta), atol=1e-4)


def test_adacos_takes_the_heaviest_part_as_the_target():
    features, first = batch()
    second = (first + 1) % CLASSES
    weights = torch.tensor([0.9, 0.2] * 5)[:N]
    heavy = torch.where(weights > 0.5, first, second)
    torch.manual_seed(3)
    mixed, plain = AdaCosHead(FEATURES, CLASSES), AdaCosHead(FEATURES, CLASSES)
    plain.load_state_dict(mixed.state_dict())
    seen = mixed.training_logits(mixed(features), [(first, weights), (second, 1 - weights)])
    plain.training_logits(plain(features), whole(heavy))
    assert float(mixed.scale) == float(plain.scale)
    assert len(seen) == 2 and torch.equal(*seen)


def test_adacos_keeps_its_scale_in_evaluation_and_through_a_resume():
    head = AdaCosHead(FEATURES, CLASSES).train()
    features, targets = batch()
    head.training_logits(head(features), whole(targets))
    resumed = AdaCosHead(FEATURES, CLASSES)
    resumed.load_state_dict(head.state_dict())
    head.eval()
    stored = float(head.scale)
    logits = head(features)
    assert head.training_logits(logits, whole(targets))[0] is logits
    assert float(head.scale) == float(resumed.scale) == stored != math.sqrt(2) * math.log(CLASSES - 1)
    assert head.scale.dtype == torch.float32


def test_adacos_scale_gets_no_gradient_but_scales_that_of_the_features():
    head = AdaCosHead(FEATURES, CLASSES).train()
    features, targets = batch()
    features.requires_grad_()
    (seen,) = head.training_logits(head(features), whole(targets))
    seen.sum().backward()
    constant = features.detach().clone().requires_grad_()
    (float(head.scale) * head.cosine(constant)).sum().backward()
    torch.testing.assert_close(features.grad, constant.grad)
    assert not head.scale.requires_grad


@pytest.mark.parametrize("kind", HEADS)
def test_compiled_training_step_has_the_gradients_of_the_eager_one(kind):
    """A scale that was written to in place reached the backward pass of compiled code as the new one."""
    eager = kind(FEATURES, CLASSES).train()
    compiled = copy.deepcopy(eager)
    features, targets = batch()

    def loss(head):
        (seen,) = head.training_logits(head(features), whole(targets))
        return F.cross_entropy(seen, targets)

    loss(eager).backward()
    torch.compile(loss, backend="aot_eager", fullgraph=True)(compiled).backward()
    torch.testing.assert_close(compiled.weight.grad, eager.weight.grad)
    torch.testing.assert_close(torch.as_tensor(compiled.scale), torch.as_tensor(eager.scale))


@pytest.mark.gpu
@pytest.mark.parametrize("kind", HEADS)
def test_training_step_on_a_gpu_waits_for_nothing_and_equals_the_cpu(kind, monkeypatch):
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)  # runs of other tests allow it
    head = kind(FEATURES, CLASSES).train()
    on_gpu = copy.deepcopy(head).cuda()
    features, targets = batch()
    (expected,) = head.training_logits(head(features), whole(targets))
    features, parts = features.cuda(), [(targets.cuda(), torch.ones(N, device="cuda"))]
    torch.cuda.set_sync_debug_mode("error")
    try:
        (seen,) = on_gpu.training_logits(on_gpu(features), parts)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    torch.testing.assert_close(seen.cpu(), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("broken", [math.nan, math.inf])
def test_adacos_does_not_take_an_update_that_is_not_a_number(broken):
    head = AdaCosHead(FEATURES, CLASSES).train()
    before = float(head.scale)
    logits = torch.zeros(N, CLASSES)
    logits[2, 3] = broken
    head.training_logits(logits, whole(torch.zeros(N, dtype=torch.int64)))
    assert float(head.scale) == before


def test_adacos_of_two_classes_is_refused():
    with pytest.raises(UserError, match="at least 3 classes, found 2"):
        AdaCosHead(FEATURES, 2)


def adacos_on_one_rank(rank, store, state, features, targets, rows, results):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2)
    head = AdaCosHead(FEATURES, CLASSES).train()
    head.load_state_dict(state)
    mine = slice(0, rows) if rank == 0 else slice(rows, N)
    for _ in range(2):
        head.training_logits(head(features[mine]), whole(targets[mine]))
    results[rank] = head.scale
    torch.distributed.destroy_process_group()


def test_adacos_of_two_ranks_with_unequal_batches_is_adacos_of_the_joint_batch(tmp_path):
    features, targets = batch()
    torch.manual_seed(4)
    head = AdaCosHead(FEATURES, CLASSES).train()
    state = {key: value.clone() for key, value in head.state_dict().items()}
    for _ in range(2):
        head.training_logits(head(features), whole(targets))
    results = torch.zeros(2).share_memory_()
    arguments = (str(tmp_path / "store"), state, features, targets, 2, results)
    torch.multiprocessing.start_processes(adacos_on_one_rank, arguments, nprocs=2, start_method="fork")
    torch.testing.assert_close(results, head.scale.expand(2), rtol=1e-6, atol=0)
    assert results[0] == results[1]
