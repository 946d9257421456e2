import pytest
import timm
import torch
from timm.layers import BlurPool2d
from torch import nn

from mojika.errors import UserError
from mojika.models.architecture import Architecture
from mojika.models.backbones import ALIASES, NEAREST, create_backbone, timm_name
from mojika.models.classifier import Classifier


@pytest.mark.parametrize("alias", ALIASES)
def test_every_2019_name_leads_to_a_timm_model_with_weights(alias):
    assert ALIASES[alias] in timm.list_pretrained()


def test_reference_names_are_the_reference_networks():
    assert timm_name("efficientnet-b4").startswith("tf_efficientnet_b4.")
    assert timm_name("se_resnext101_32x4d").startswith("legacy_seresnext101_32x4d.")
    assert timm_name("resnet18d") == "resnet18d"


@pytest.mark.parametrize("name", NEAREST)
def test_a_network_of_2019_that_nobody_has_is_refused_with_the_nearest_one(name):
    with pytest.raises(
        UserError, match=f"{name}: neither timm nor torchvision has it; the nearest is {NEAREST[name]}$"
    ):
        timm_name(name)
    assert timm.get_pretrained_cfg(timm_name(NEAREST[name])).has_weights


def test_unknown_model_is_named_with_a_near_match():
    with pytest.raises(UserError, match="resnet1o1.*did you mean .*resnet101"):
        timm_name("resnet1o1")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("resnet18", "conv1"),
        ("densenet121", "features.conv0"),
        ("efficientnet-b0", "conv_stem"),
        ("ghostnet_100", "conv_stem"),
        ("se_resnext50_32x4d", "layer0.conv1"),
    ],
)
def test_pretrained_one_channel_stem_is_the_sum_of_the_colour_kernels(tmp_path, name, stem):
    torch.manual_seed(0)
    source = timm.create_model(timm_name(name), pretrained=False)
    path = tmp_path / "weights.pth"
    torch.save(source.state_dict(), path)
    backbone, features = create_backbone(name, channels=1, input_size=(64, 96), pretrained=str(path))
    kernels = source.get_parameter(f"{stem}.weight")
    torch.testing.assert_close(backbone.get_parameter(f"{stem}.weight"), kernels.sum(1, keepdim=True))
    gray = torch.rand(2, 1, 64, 96)
    source.reset_classifier(0)
    source.eval(), backbone.eval()
    found = backbone(gray)
    assert found.shape == (2, features)
    torch.testing.assert_close(found, source(gray.expand(-1, 3, -1, -1)), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "name",
    ["densenet121", "ghostnet_100", "se_resnext50_32x4d", "se_resnext101_32x4d"]
    + [f"efficientnet-b{number}" for number in range(8)],
)
def test_the_networks_of_the_bengali_recipes_take_rectangles_of_one_channel_with_mish(name):
    with torch.device("meta"):  # shapes alone
        backbone, features = create_backbone(name, 1, (137, 236), pooling="avgmax", activation="mish")
        assert backbone.eval()(torch.empty(2, 1, 137, 236)).shape == (2, features)
    assert any(isinstance(module, nn.Mish) for module in backbone.modules())
    assert not any(isinstance(module, nn.ReLU | nn.SiLU) for module in backbone.modules())


def test_missing_weight_file_is_a_one_line_error():
    with pytest.raises(UserError, match=r"pretrained nowhere\.pth: no such file"):
        create_backbone("resnet18", 3, 64, "nowhere.pth")


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(timm.create_model("resnet34", pretrained=False).state_dict(), path)
    with pytest.raises(UserError, match="resnet18"):
        create_backbone("resnet18", 3, 64, str(path))


def test_download_that_fails_is_a_one_line_error(monkeypatch):
    def no_network(*args, **kwargs):
        raise OSError("Name or service not known")

    monkeypatch.setattr(timm, "create_model", no_network)
    with pytest.raises(UserError, match="could not get the pretrained weights of .*from_scratch"):
        create_backbone("resnet18", 3, 64, "timm")


@pytest.mark.parametrize("name", ["test_resnet", "ghostnet_100", "vit_tiny_patch16_224"])
def test_any_timm_model_feeds_several_heads_from_one_backbone_pass(name):
    model = Classifier(Architecture(name, 1, 64), {"root": 5, "vowel": 3}).eval()
    calls = []
    model.backbone.register_forward_hook(lambda *_: calls.append(1))
    shapes = [tuple(scores.shape) for scores in model(torch.rand(2, 1, 64, 64))]
    assert shapes == [(2, 5), (2, 3)]
    assert len(calls) == 1


def test_a_rectangle_goes_through_every_option():
    architecture = Architecture("resnet18", 1, (64, 96), pooling="gem", activation="mish", blur_pool=True)
    model = Classifier(architecture, {"label": 4}).eval()
    assert model.backbone.forward_features(torch.rand(1, 1, 64, 96)).shape[2:] == (2, 3)
    assert Architecture.from_plain(architecture.to_plain()) == architecture


def test_blur_pool_is_the_blurred_resnet_of_timm():
    torch.manual_seed(0)
    reference = timm.create_model("resnetblur18", num_classes=0, in_chans=1)
    backbone, _ = create_backbone("resnet18", 1, 64, blur_pool=True)
    backbone.load_state_dict(reference.state_dict())
    images = torch.rand(2, 1, 64, 64)
    torch.testing.assert_close(backbone.eval()(images), reference.eval()(images))


def test_blur_pool_takes_the_stride_from_every_depthwise_convolution():
    def strided(network):
        return [m for m in network.modules() if isinstance(m, nn.Conv2d) and m.groups > 1 and m.stride != (1, 1)]

    backbone, _ = create_backbone("tf_efficientnet_b0", 1, 64, blur_pool=True)
    assert len(strided(create_backbone("tf_efficientnet_b0", 1, 64)[0])) == 4
    assert strided(backbone) == []
    assert sum(isinstance(module, BlurPool2d) for module in backbone.modules()) == 4
    assert backbone.forward_features(torch.rand(1, 1, 64, 64)).shape[2:] == (2, 2)


@pytest.mark.parametrize("name", ["test_resnet", "densenet121"])
def test_pretrained_weights_load_strictly_with_every_option_at_once(tmp_path, name):
    source = timm.create_model(name)
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    architecture = Architecture(name, 3, 64, pooling="gem", activation="mish", blur_pool=True, dropout=0.3)
    model = Classifier(architecture, {"label": 4}, str(tmp_path / "weights.pth"))
    loaded = model.backbone.state_dict()
    expected = {key: value for key, value in source.state_dict().items() if not key.startswith(("fc.", "classifier."))}
    assert set(loaded) - set(expected) == {"global_pool.gem.p"}
    assert all(torch.equal(loaded[key], value) for key, value in expected.items())
    assert model(torch.rand(2, 3, 64, 64))[0].shape == (2, 4)


@pytest.mark.parametrize("name", ["ghostnet_100", "test_vit"])
def test_family_that_cannot_blur_is_refused(name):
    with pytest.raises(UserError, match=f"blur_pool: timm cannot blur the strides of {name}; leave it out"):
        create_backbone(name, 3, 160, blur_pool=True)


def test_family_whose_blurred_shapes_do_not_fit_is_refused_before_training():
    with pytest.raises(UserError, match="blur_pool: .* of mobilenetv3_small_050 at input_size 64: "):
        create_backbone("mobilenetv3_small_050", 3, 64, blur_pool=True)
