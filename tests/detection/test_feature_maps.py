import pytest
import timm
import torch

from mojika.detection.feature_maps import STRIDES, FeatureMaps, pad_to_multiple
from mojika.errors import UserError


@pytest.mark.parametrize(
    "name", ["test_resnet", "efficientnet-b0", "legacy_seresnet18", "convnext_atto", "densenet121"]
)
def test_maps_have_the_four_strides_for_any_multiple_of_32(name):
    backbone = FeatureMaps(name).eval()
    with torch.no_grad():
        maps = backbone(torch.rand(2, 3, 64, 160))
    assert [tuple(features.shape) for features in maps] == [
        (2, channels, 64 // stride, 160 // stride) for channels, stride in zip(backbone.channels, STRIDES, strict=True)
    ]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("vit_tiny_patch16_224", "found 16, 16, 16"),
        ("swin_tiny_patch4_window7_224", "for one image size only"),
        ("coatnet_0_rw_224", "for one image size only"),
        ("inceptionv4", "maps of other sizes"),
    ],
)
def test_a_network_without_such_maps_is_refused_in_one_line(name, found):
    with pytest.raises(UserError, match=f"backbone {name}: expected .* strides 4, 8, 16 and 32, .*{found}") as refusal:
        FeatureMaps(name)
    assert "\n" not in str(refusal.value)


def test_unknown_backbone_is_named_with_a_near_match():
    with pytest.raises(UserError, match="did you mean"):
        FeatureMaps("resnet1o1")


@pytest.mark.parametrize("name", ["resnet10t", "convnext_atto", "mobilenetv3_small_050"])
def test_weights_of_a_file_arrive_in_every_layer(name, tmp_path):
    torch.manual_seed(0)
    source = timm.create_model(name, pretrained=False, exportable=True)
    path = tmp_path / "weights.pth"
    torch.save(source.state_dict(), path)
    theirs = {tensor.double().sum().item() for tensor in source.state_dict().values() if tensor.ndim > 1}
    backbone = FeatureMaps(name, str(path))
    ours = [tensor.double().sum().item() for tensor in backbone.state_dict().values() if tensor.ndim > 1]
    assert ours and set(ours) <= theirs


def test_weights_of_another_network_are_refused(tmp_path):
    path = tmp_path / "weights.pth"
    torch.save(timm.create_model("resnet10t", pretrained=False).state_dict(), path)
    with pytest.raises(UserError, match="not the weights of resnet18"):
        FeatureMaps("resnet18", str(path))


@pytest.mark.parametrize(("side", "padded"), [(1, 32), (32, 32), (33, 64)])
def test_padding_goes_right_and_below(side, padded):
    images = torch.rand(1, 3, side, 40)
    result = pad_to_multiple(images, 32)
    assert result.shape == (1, 3, padded, 64)
    assert torch.equal(result[..., :side, :40], images) and result.sum() == images.sum()
