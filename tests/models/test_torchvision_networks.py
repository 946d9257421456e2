import pytest
import timm
import torch
import torchvision
from torch import nn

from mojika.errors import UserError
from mojika.models.backbones import create_backbone
from mojika.models.torchvision_networks import TORCHVISION_NAMES


def originals_features(network: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """What torchvision's own forward method gives to its classifier, averaged over the map."""
    if hasattr(network, "features"):
        return network.features(images).mean((2, 3))
    network.fc = nn.Identity()
    return network(images)


@pytest.mark.parametrize("name", TORCHVISION_NAMES)
def test_features_are_those_of_the_original_with_the_same_file(name, tmp_path):
    torch.manual_seed(0)
    own = {"init_weights": False, "aux_logits": True} if name == "googlenet" else {}
    original = torchvision.models.get_model(name, weights=None, **own).eval()
    torch.save(original.state_dict(), tmp_path / "weights.pth")
    backbone, features = create_backbone(name, 3, 96, str(tmp_path / "weights.pth"))
    images = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        found, wanted = backbone.eval()(images), originals_features(original, images)
    assert found.shape == (2, features)
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-5)


def test_a_gray_stem_has_the_sum_of_the_colours(tmp_path):
    torch.manual_seed(0)
    original = torchvision.models.squeezenet1_1(weights=None)
    torch.save(original.state_dict(), tmp_path / "weights.pth")
    gray, _ = create_backbone("squeezenet1_1", 1, 96, str(tmp_path / "weights.pth"))
    torch.testing.assert_close(gray.features[0].weight, original.features[0].weight.sum(1, keepdim=True))


def test_pooling_is_chosen_and_what_they_cannot_do_is_refused():
    backbone, features = create_backbone("shufflenet_v2_x0_5", 1, 64, pooling="avgmax")
    assert features == 2 * 1024 and backbone(torch.rand(2, 1, 64, 64)).shape == (2, features)
    for options, message in (({"blur_pool": True}, "cannot blur"), ({"drop_path_rate": 0.2}, "no stochastic depth")):
        with pytest.raises(UserError, match=message):
            create_backbone("alexnet", 3, 96, **options)


@pytest.mark.parametrize("name", TORCHVISION_NAMES)
def test_imagenet_weights_have_an_address(name):
    config = timm.get_pretrained_cfg(name)
    assert config.has_weights and config.url == torchvision.models.get_model_weights(name).DEFAULT.url
