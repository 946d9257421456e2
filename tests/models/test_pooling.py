import copy

import pytest
import timm
import torch
from torch.nn import functional as F

from mojika.errors import UserError
from mojika.models.backbones import create_backbone
from mojika.models.pooling import Average, AverageAndMaximum, GeneralisedMean

# test_resnet: pooling, then nothing; mobilenetv3 and ghostnet: a convolution after it; convnext: a norm after it
FAMILIES = (
    "test_resnet",
    "tf_efficientnet_b0",
    "densenet121",
    "ghostnet_100",
    "mobilenetv3_small_050",
    "convnext_atto",
)


def positive_map(seed=0):
    return torch.rand(2, 5, 4, 3, generator=torch.Generator().manual_seed(seed)) * 0.5 + 0.5


def gem_formula(feature_map, p):
    return feature_map.double().clamp(min=1e-6).pow(p).mean((2, 3), keepdim=True).pow(1 / p)


def test_gem_with_exponent_one_is_the_average():
    torch.testing.assert_close(GeneralisedMean(p=1.0)(positive_map()), F.adaptive_avg_pool2d(positive_map(), 1))


def test_gem_nears_the_maximum_as_the_exponent_grows():
    maximum = F.adaptive_max_pool2d(positive_map(), 1)
    gaps = [float((maximum - GeneralisedMean(p=p)(positive_map())).detach().max()) for p in (1.0, 3.0, 10.0, 100.0)]
    assert gaps == sorted(gaps, reverse=True)
    assert 0 < gaps[-1] < 0.03


def test_gem_and_its_gradients_are_those_of_the_formula():
    pool, feature_map = GeneralisedMean(), positive_map().requires_grad_()
    assert float(pool.p.detach()) == 3.0
    weights = torch.randn(2, 5, 1, 1)
    (pool(feature_map) * weights).sum().backward()
    exact, p = (
        feature_map.detach().double().requires_grad_(),
        torch.tensor(3.0, dtype=torch.float64, requires_grad=True),
    )
    (gem_formula(exact, p) * weights).sum().backward()
    torch.testing.assert_close(feature_map.grad.double(), exact.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(pool.p.grad.double(), p.grad, rtol=1e-4, atol=1e-6)


def test_gem_stays_finite_on_dead_features_and_with_an_exponent_driven_below_zero():
    for p in (3.0, 0.0, -2.0):
        pool = GeneralisedMean(p=p)
        feature_map = torch.cat([torch.zeros(1, 5, 4, 3), positive_map()]).requires_grad_()
        pooled = pool(feature_map)
        pooled.sum().backward()
        assert torch.isfinite(pooled).all() and torch.isfinite(feature_map.grad).all() and torch.isfinite(pool.p.grad)
        assert (pooled[1:] > 0.5).all() and (pooled[1:] < 1).all()


def test_gem_is_computed_in_float32_under_autocast():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        pooled = GeneralisedMean()(positive_map().bfloat16())
    assert pooled.dtype == torch.float32
    torch.testing.assert_close(pooled.double(), gem_formula(positive_map().bfloat16(), 3.0), rtol=1e-5, atol=0)


def test_pools_reduce_the_axes_they_are_given():
    channels_last = positive_map().permute(0, 2, 3, 1)
    for kind in (Average, GeneralisedMean, AverageAndMaximum):
        torch.testing.assert_close(kind((1, 2))(channels_last).permute(0, 3, 1, 2), kind()(positive_map()))


POOLS = {
    "avg": lambda feature_map: [F.adaptive_avg_pool2d(feature_map, 1)],
    "gem": lambda feature_map: [gem_formula(feature_map, 3.0).float()],
    "avgmax": lambda feature_map: [F.adaptive_avg_pool2d(feature_map, 1), F.adaptive_max_pool2d(feature_map, 1)],
}


@pytest.mark.parametrize("name", FAMILIES)
def test_pooled_features_go_through_the_layers_that_follow_in_the_network(name):
    torch.manual_seed(0)
    plain = timm.create_model(name, num_classes=0, in_chans=1).eval()
    images = torch.rand(2, 1, 64, 64)
    with torch.no_grad():
        feature_map = plain.forward_features(images)
        for pooling, pools in POOLS.items():
            backbone, features = create_backbone(name, 1, 64, pooling=pooling)
            missing, unexpected = backbone.load_state_dict(plain.state_dict(), strict=False)
            assert not unexpected and [key for key in missing if not key.endswith("gem.p")] == []
            found = backbone.eval()(images)
            expected = torch.cat([plain.forward_head(pooled, pre_logits=True) for pooled in pools(feature_map)], 1)
            torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
            assert found.shape == (2, features)


@pytest.mark.parametrize("pooling", POOLS)
def test_pretrained_weights_load_strictly_with_every_pooling(tmp_path, pooling):
    source = timm.create_model("test_resnet")
    torch.save(source.state_dict(), tmp_path / "weights.pth")
    backbone, _ = create_backbone("test_resnet", 3, 64, str(tmp_path / "weights.pth"), pooling=pooling)
    loaded = backbone.state_dict()
    assert all(torch.equal(loaded[key], value) for key, value in source.state_dict().items() if key[:3] != "fc.")


def test_default_pooling_leaves_the_keys_of_timm():
    backbone, _ = create_backbone("test_resnet", 3, 64)
    assert list(backbone.state_dict()) == list(timm.create_model("test_resnet", num_classes=0).state_dict())


def test_gem_exponent_is_learned_and_a_copy_of_the_network_pools_with_its_own():
    backbone, features = create_backbone("test_resnet", 1, 64, pooling="gem")
    twin = copy.deepcopy(backbone).eval()
    backbone(torch.rand(2, 1, 64, 64)).sum().backward()
    (exponent,) = [value for key, value in backbone.named_parameters() if key.endswith("gem.p")]
    assert exponent.grad.abs() > 0
    images = torch.rand(2, 1, 64, 64)
    before = twin(images)
    with torch.no_grad():
        exponent.fill_(9.0)
    assert torch.equal(twin(images), before)


@pytest.mark.parametrize("pooling", ["gem", "avgmax"])
def test_network_without_a_feature_map_is_refused(pooling):
    with pytest.raises(UserError, match=f"pooling {pooling}: test_vit has no global pooling"):
        create_backbone("test_vit", 3, 160, pooling=pooling)
