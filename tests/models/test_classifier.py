import pytest
import torch
from torch import nn

from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier, freeze_batch_norm
from mojika.models.heads import HEADS
from mojika.training.ema import WeightAverage

IMAGES = torch.rand(4, 1, 64, 64, generator=torch.Generator().manual_seed(0))


def test_architecture_of_an_earlier_checkpoint_means_what_it_meant():
    stored = {"model": "test_resnet", "channels": 1, "input_size": 64, "head": "l2softmax", "temperature": 0.1}
    architecture = Architecture.from_plain(stored)
    defaults = {"pooling": "default", "activation": None, "blur_pool": False, "dropout": 0.0}
    assert architecture == Architecture("test_resnet", 1, 64, "l2softmax", {"temperature": 0.1}, **defaults)
    assert architecture == Architecture.from_plain(stored | {"scale": 30.0, "margin": 0.5} | defaults)
    assert Architecture.from_plain(architecture.to_plain()) == architecture
    margins = {"temperature": 0.05, "scale": 9.0, "margin": 0.2}
    assert Architecture.from_plain(stored | {"head": "cosface"} | margins).head_parameters == {
        "scale": 9.0,
        "margin": 0.2,
    }


@pytest.mark.parametrize(("kind", "expected"), HEADS.items())
def test_every_head_kind_learns_behind_every_pooling(kind, expected):
    for pooling in ("default", "gem", "avgmax"):
        parameters = {"scale": 9.0, "margin": 0.2} if "face" in kind else {}
        architecture = Architecture("test_resnet", 1, 64, kind, parameters, pooling=pooling)
        model = Classifier(architecture, {"root": 5, "vowel": 3})
        targets = torch.tensor([0, 1, 2, 0])
        for head, logits in zip(model.heads.values(), model(IMAGES), strict=True):
            assert type(head) is expected
            (seen,) = head.training_logits(logits, [(targets, torch.ones(4))])
            nn.functional.cross_entropy(seen, targets).backward(retain_graph=True)
        assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())
        assert all(head.weight.grad.abs().sum() > 0 for head in model.heads.values())


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("pooling", ["gem", "avgmax"])
def test_neck_and_gate_learn_on_rectangles_in_half_precision(kind, pooling):
    architecture = Architecture(
        "test_resnet", 1, (48, 80), head=kind, pooling=pooling, activation="mish", neck=128, gate=True
    )
    torch.manual_seed(0)
    model, targets = Classifier(architecture, {"root": 5, "vowel": 3}), torch.tensor([0, 1, 2, 0])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = [
            nn.functional.cross_entropy(head.training_logits(logits, [(targets, torch.ones(4))])[0].float(), targets)
            for head, logits in zip(model.heads.values(), model(torch.rand(4, 1, 48, 80)), strict=True)
        ]
    sum(losses).backward()
    assert all(torch.isfinite(parameter.grad).all() for parameter in model.parameters())
    for head in model.heads.values():
        assert head.weight.shape[1] == 128 and any(isinstance(module, nn.Mish) for module in head.neck)
        assert all(parameter.grad.abs().sum() > 0 for parameter in head.parameters())
    assert Architecture.from_plain(architecture.to_plain()) == architecture


def test_each_head_has_a_gate_of_its_own_by_the_formula_of_the_paper():
    torch.manual_seed(0)
    model = Classifier(Architecture("test_resnet", 1, 64, gate=True), {"root": 5, "vowel": 3}).eval()
    with torch.no_grad():
        features = model.backbone(IMAGES)
        for head, logits in zip(model.heads.values(), model(IMAGES), strict=True):
            (gate,) = head.neck
            hidden = (features @ gate.squeeze.weight.T + gate.squeeze.bias).clamp(min=0)
            factor = 1 / (1 + torch.exp(-(hidden @ gate.excite.weight.T + gate.excite.bias)))
            torch.testing.assert_close(logits, (features * factor) @ head.weight.T + head.bias)
    first, second = (head.neck[0].squeeze.weight for head in model.heads.values())
    assert not torch.equal(first, second)


def test_a_head_without_neck_and_gate_has_the_weights_it_always_had():
    model = Classifier(Architecture("test_resnet", 1, 64), {"a": 3})
    assert set(model.heads.state_dict()) == {"a.weight", "a.bias"}


def test_scale_and_margin_reach_the_margin_heads():
    for kind in ("arcface", "cosface"):
        architecture = Architecture("test_resnet", 1, 64, kind, {"scale": 9.0, "margin": 0.2})
        head = Classifier(architecture, {"a": 3}).heads["a"]
        assert (head.scale, head.margin) == (9.0, 0.2)


def test_unknown_head_is_a_programming_error():
    with pytest.raises(ValueError, match="'softmax': expected one of"):
        Classifier(Architecture("test_resnet", 1, 64, head="softmax"), {"a": 3})


# In timm legacy_seresnet18 and ghostnet_100 drop 0.2 unasked, and vgg11 drops twice when asked.
@pytest.mark.parametrize(
    ("name", "pooling"),
    [
        ("test_resnet", "default"),
        ("test_resnet", "avgmax"),
        ("legacy_seresnet18", "gem"),
        ("ghostnet_100", "default"),
        ("ghostnet_100", "avgmax"),
        ("vgg11", "default"),
        ("convnext_atto", "avgmax"),
    ],
)
def test_dropout_acts_once_before_the_heads(name, pooling):
    torch.manual_seed(0)
    model = Classifier(Architecture(name, 1, 64, pooling=pooling, dropout=0.5), {"a": 3})
    seen = []
    model.heads["a"].register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.no_grad():
        model.eval()(IMAGES)
        model.train()
        freeze_batch_norm(model)
        model(IMAGES)
    whole, dropped = seen
    kept = dropped != 0
    torch.testing.assert_close(dropped[kept], 2 * whole[kept], rtol=1e-4, atol=1e-5)
    share = kept[whole != 0].float().mean()
    assert abs(share - 0.5) < 0.15


@pytest.mark.parametrize("name", ["test_resnet", "ghostnet_100", "legacy_seresnet18"])
def test_no_dropout_unless_asked_for(name):
    model = Classifier(Architecture(name, 1, 64), {"a": 3}).train()
    freeze_batch_norm(model)
    with torch.no_grad():
        torch.testing.assert_close(model(IMAGES), model.eval()(IMAGES))


@pytest.mark.parametrize("name", ["test_resnet", "densenet121"])  # batch norms; batch norms with an activation inside
def test_frozen_batch_norms_keep_their_statistics_and_everything_else_trains(name):
    model = Classifier(Architecture(name, 1, 64, dropout=0.1), {"a": 3}).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    freeze_batch_norm(model)
    model(IMAGES)[0].sum().backward()
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms and not any(norm.training for norm in norms) and norms[0].weight.grad is not None
    assert model.training and model.dropout.training and model.heads.training
    model.train()
    assert all(norm.training for norm in norms)


def test_the_neck_norm_drop_linear_is_activation_then_twice_norm_dropout_and_a_layer():
    torch.manual_seed(0)
    options = {"neck": 8, "neck_layout": "norm-drop-linear", "neck_activation": "mish", "dropout": 0.5}
    model = Classifier(Architecture("test_resnet", 1, 64, **options), {"root": 5, "vowel": 3})
    head = model.heads["vowel"]
    _, first, _, hidden, _, second, _ = head.neck
    for norm in (first, second):
        nn.init.normal_(norm.weight), nn.init.normal_(norm.bias)
        norm.running_mean.normal_(), norm.running_var.uniform_(0.5, 2)

    def normed(values, norm):
        return (values - norm.running_mean) / (norm.running_var + norm.eps).sqrt() * norm.weight + norm.bias

    with torch.no_grad():
        features = model.eval().backbone(IMAGES)
        units = normed(mish(features), first) @ hidden.weight.T + hidden.bias
        expected = normed(mish(units), second) @ head.weight.T + head.bias
        torch.testing.assert_close(model(IMAGES)[1], expected)
    assert model.heads["root"].neck[3].weight is not hidden.weight
    assert [module.p for module in model.modules() if isinstance(module, nn.Dropout) and module.p] == [0.5] * 4


def mish(values: torch.Tensor) -> torch.Tensor:
    return values * torch.tanh(torch.log1p(values.exp()))


def test_a_shared_neck_without_activation_is_one_normed_linear_map_for_all_heads():
    torch.manual_seed(0)
    options = {"neck": 8, "neck_layout": "linear-norm", "neck_shared": True}
    model = Classifier(Architecture("test_resnet", 1, 64, **options), {"root": 5, "vowel": 3}).train()
    seen = [parameter for name, parameter in model.named_parameters() if "neck" in name]
    assert [tuple(parameter.shape) for parameter in seen] == [(8, seen[0].shape[1]), (8,), (8,)]
    root, vowel = model.heads.values()
    with torch.no_grad():
        units = model.backbone(IMAGES) @ seen[0].T
        expected = (units - units.mean(0)) / (units.var(0, correction=0) + 1e-5).sqrt()
        for head, logits in zip((root, vowel), model(IMAGES), strict=True):
            torch.testing.assert_close(logits, expected @ head.weight.T + head.bias, rtol=1e-4, atol=1e-4)
    keys = [key for key in model.state_dict() if "neck" in key]
    assert len(keys) == len(set(keys)) == 6 and all(key.startswith("heads.root.neck.") for key in keys)
    average = WeightAverage(model, 0.5)
    for head in average.model.heads.values():
        head.neck[0].weight.zero_()
    average.update(model)  # by 0.1 at first, once and not once for each head
    for head in average.model.heads.values():
        torch.testing.assert_close(head.neck[0].weight, 0.9 * root.neck[0].weight)
    again = Classifier(model.architecture, {"root": 5, "vowel": 3})
    again.heads.load_state_dict(model.heads.state_dict())
    assert again.heads["root"].neck is again.heads["vowel"].neck
    assert torch.equal(again.heads["root"].neck[0].weight, root.neck[0].weight)


@pytest.mark.parametrize(("reduction", "hidden"), [(8, 16), (16, 8), (1000, 1)])
def test_a_gate_is_narrower_than_the_features_by_its_reduction(reduction, hidden):
    model = Classifier(Architecture("test_resnet", 1, 64, neck=128, gate=True, gate_reduction=reduction), {"a": 3})
    gate = model.heads["a"].neck[-1]
    assert (gate.squeeze.out_features, gate.squeeze.in_features, gate.excite.out_features) == (hidden, 128, 128)
