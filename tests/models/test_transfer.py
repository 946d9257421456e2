import pytest
import torch

from mojika.errors import UserError
from mojika.models.architecture import Architecture
from mojika.models.classifier import Classifier
from mojika.models.transfer import transfer_weights

OLD, NEW = ("a", "b", "c", "d"), ("d", "x", "b")


def build(labels, seed, **options):
    torch.manual_seed(seed)
    return Classifier(Architecture("test_resnet", 1, 64, **options), {"label": len(labels)})


def stored(model):
    with torch.no_grad():
        for buffer in model.backbone.buffers():
            buffer.add_(1)  # as after training
    return {"model": model.backbone.state_dict(), "head": model.heads.state_dict()}


def same_backbone(model, saved):
    own = model.backbone.state_dict()
    return all(torch.equal(own[key], value) for key, value in saved.backbone.state_dict().items() if key in own)


@pytest.mark.parametrize("kind", ["linear", "l2softmax", "arcface", "adacos"])
def test_head_with_the_same_labels_is_taken_whole(kind):
    saved, model = build(OLD, 0, head=kind), build(OLD, 1, head=kind)
    if kind == "adacos":
        saved.heads["label"].scale.fill_(7.0)
    assert transfer_weights(model, stored(saved), {"label": OLD}, {"label": OLD}) == {"label": None}
    images = torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(model.eval()(images), saved.eval()(images), rtol=0, atol=0)


@pytest.mark.parametrize("kind", ["linear", "cosface", "adacos"])
def test_head_with_other_labels_keeps_the_vectors_of_the_common_ones(kind):
    saved, model = build(OLD, 0, head=kind), build(NEW, 1, head=kind)
    fresh = {key: value.clone() for key, value in model.heads["label"].state_dict().items()}
    assert transfer_weights(model, stored(saved), {"label": NEW}, {"label": OLD}) == {"label": 2}
    assert same_backbone(model, saved)
    old = saved.heads["label"]
    for key in {"weight", "bias"} & set(fresh):
        found, expected = model.heads["label"].state_dict()[key], old.state_dict()[key]
        assert torch.equal(found[0], expected[3])  # d
        assert torch.equal(found[1], fresh[key][1])  # x is new
        assert torch.equal(found[2], expected[1])  # b
    if kind == "adacos":
        assert torch.equal(model.heads["label"].scale, fresh["scale"])  # of as many classes as there are now


def test_same_labels_in_another_order_are_moved_to_their_rows():
    saved, model = build(OLD, 0), build(OLD, 1)
    turned = OLD[::-1]
    assert transfer_weights(model, stored(saved), {"label": turned}, {"label": OLD}) == {"label": 4}
    torch.testing.assert_close(model.heads["label"].weight, saved.heads["label"].weight.flip(0))


def test_another_kind_of_head_takes_over_the_class_vectors_alone():
    saved, model = build(OLD, 0, head="arcface"), build(OLD, 1)
    bias = model.heads["label"].bias.detach().clone()
    assert transfer_weights(model, stored(saved), {"label": OLD}, {"label": OLD}) == {"label": 4}
    assert torch.equal(model.heads["label"].weight, saved.heads["label"].weight)
    assert torch.equal(model.heads["label"].bias, bias)


@pytest.mark.parametrize(("before", "after"), [("default", "avgmax"), ("avgmax", "gem"), ("gem", "avgmax")])
def test_head_behind_another_number_of_features_stays_as_made(before, after):
    saved, model = build(OLD, 0, pooling=before), build(OLD, 1, pooling=after)
    fresh = model.heads["label"].weight.detach().clone()
    assert transfer_weights(model, stored(saved), {"label": OLD}, {"label": OLD}) == {"label": 0}
    assert same_backbone(model, saved)
    assert torch.equal(model.heads["label"].weight, fresh)


def test_gem_exponent_is_taken_over_where_both_have_one():
    saved, model, plain = build(OLD, 0, pooling="gem"), build(OLD, 1, pooling="gem"), build(OLD, 1)
    with torch.no_grad():
        saved.backbone.get_parameter("global_pool.gem.p").fill_(5.0)
    transfer_weights(model, stored(saved), {"label": OLD}, {"label": OLD})
    assert float(model.backbone.get_parameter("global_pool.gem.p").detach()) == 5.0
    assert transfer_weights(plain, stored(saved), {"label": OLD}, {"label": OLD}) == {"label": None}
    assert same_backbone(plain, saved)


def test_neck_comes_with_the_class_vectors_that_look_through_it():
    options = {"neck": 6, "gate": True}
    saved, model, plain = build(OLD, 0, **options), build(NEW, 1, **options), build(NEW, 1, gate=True)
    with torch.no_grad():
        saved.heads["label"].neck[1].running_mean.fill_(0.5)
    assert transfer_weights(model, stored(saved), {"label": NEW}, {"label": OLD}) == {"label": 2}
    own, old = (head.heads["label"].neck.state_dict() for head in (model, saved))
    assert own.keys() == old.keys() and all(torch.equal(own[key], old[key]) for key in own)
    assert torch.equal(model.heads["label"].weight[0], saved.heads["label"].weight[3])
    assert transfer_weights(plain, stored(saved), {"label": NEW}, {"label": OLD}) == {"label": 0}


def test_heads_are_matched_by_name():
    torch.manual_seed(0)
    architecture = Architecture("test_resnet", 1, 64)
    saved = Classifier(architecture, {"root": 4, "vowel": 3})
    model = Classifier(architecture, {"vowel": 3, "diacritic": 4})
    classes = {"vowel": ("p", "q", "r"), "diacritic": OLD}
    taken = transfer_weights(model, stored(saved), classes, {"root": OLD, "vowel": ("p", "q", "r")})
    assert taken == {"vowel": None, "diacritic": 0}
    assert torch.equal(model.heads["vowel"].weight, saved.heads["vowel"].weight)


def test_another_backbone_is_refused_in_one_line():
    torch.manual_seed(0)
    saved = Classifier(Architecture("test_efficientnet", 1, 64), {"label": 4})
    with pytest.raises(UserError, match="backbone is not that of model test_resnet: ") as refusal:
        transfer_weights(build(OLD, 1), stored(saved), {"label": OLD}, {"label": OLD})
    assert "\n" not in str(refusal.value)


def test_backbone_with_a_missing_layer_is_refused():
    state = stored(build(OLD, 0))
    state["model"] = {key: value for key, value in state["model"].items() if key != "conv1.0.weight"}
    with pytest.raises(UserError, match=r"Missing key.*conv1\.0\.weight"):
        transfer_weights(build(OLD, 1), state, {"label": OLD}, {"label": OLD})
