import pytest

from mojika.errors import UserError
from mojika.recipe.arguments import build_parser
from mojika.recipe.validation import changed_flags, difference_from_defaults, resolve, to_plain


def parsed(flags: str = ""):
    return build_parser().parse_args(["train.csv", "valid.csv", *flags.split()])


def resolved(flags: str = ""):
    return resolve(parsed(flags))


def test_defaults_are_those_of_the_2019_script():
    recipe = resolved()
    assert (recipe.model, recipe.epochs, recipe.batch_size, recipe.val_batch_size) == ("resnet18", 30, 128, 256)
    assert (recipe.base_lr, recipe.momentum, recipe.wd, recipe.warmup_epochs) == (0.1, 0.9, 1e-4, 5)
    assert recipe.lr_step_epochs == (10, 20)
    assert (recipe.scale_size, recipe.input_size) == (256, 224)
    assert (recipe.random_resized_crop_scale, recipe.random_horizontal_flip) == ((0.8, 1.0), 0.5)
    assert (recipe.mixup_alpha, recipe.icap_beta, recipe.icap_prob) == (0.2, 0.3, 1.0)
    assert (recipe.random_erasing_p, recipe.random_erasing_sl, recipe.random_erasing_sh) == (0.5, 0.02, 0.4)
    assert recipe.pretrained == "timm"


def test_sizes_follow_the_model_when_not_given():
    recipe = resolved("--model efficientnet-b4")
    assert (recipe.scale_size, recipe.input_size) == (412, 380)
    recipe = resolved("--model efficientnet-b4 --scale-size 210 --input-size 190")
    assert (recipe.scale_size, recipe.input_size) == (210, 190)


@pytest.mark.parametrize(
    ("flags", "mean"),
    [
        ("--grayscale --rgb-mean 0.589", (0.589,)),
        ("--grayscale", (0.0,)),
        ("--rgb-mean 0.5", (0.5, 0.5, 0.5)),
        ("--rgb-mean 0.1,0.2,0.3", (0.1, 0.2, 0.3)),
    ],
)
def test_mean_has_one_number_per_channel(flags, mean):
    assert resolved(flags).rgb_mean == mean


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--mixup --icap", "--mixup and --icap"),
        ("--from-scratch --pretrained timm", "contradict"),
        ("--no-cuda --device cuda", "contradict"),
        ("--grayscale --rgb-mean 0.1,0.2,0.3", "--rgb-mean 0.1,0.2,0.3: expected 1 number, found 3"),
        ("--rgb-std 1,0,1", "expected positive"),
        ("--input-size 128 --scale-size 112", "larger than --scale-size"),
        ("--random-resized-crop-scale 0.9", "two positive numbers LOW,HIGH"),
        ("--random-resized-crop-scale 0.9,0.8", "LOW,HIGH"),
        ("--random-resized-crop-scale 0.9,1.8", "at most 1"),
        ("--lr-step-epochs 10,x", "--lr-step-epochs 10,x: expected numbers"),
        ("--icap-prob 1.5", "--icap-prob 1.5: expected a fraction"),
        ("--batch-size 0", "--batch-size 0: expected a positive"),
        ("--base-lr nan", "--base-lr nan"),
        ("--wd -1", "--wd -1"),
        ("--jitter-hue 0.6", "--jitter-hue 0.6"),
        ("--random-erasing-sl 0.5 --random-erasing-sh 0.4", "larger than --random-erasing-sh"),
        ("--undersampling 0", "--undersampling 0"),
        ("--start-epoch 30", "--start-epoch 30: leaves nothing of --epochs 30"),
    ],
)
def test_nonsense_is_refused_in_one_line(flags, message):
    with pytest.raises(UserError) as refusal:
        resolved(flags)
    assert message in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_changed_flags_name_what_alters_the_result_and_nothing_else():
    saved = to_plain(resolved("--batch-size 64 --workers 4"))
    assert changed_flags(saved, resolved("--batch-size 64 --workers 2 --epochs 99 --device cpu")) == []
    assert changed_flags(saved, resolved("--batch-size 32 --mixup")) == [
        "--batch-size 64 -> 32",
        "--mixup False -> True",
    ]


def test_automatic_prefix_is_the_same_for_the_same_recipe_only():
    assert resolved("--mixup").prefix == resolved("--mixup --workers 3").prefix
    assert resolved("--mixup").prefix != resolved("--icap").prefix
    assert resolved("--prefix mine").prefix == "mine"


def test_difference_from_defaults_holds_the_given_flags():
    args = parsed("--mixup --base-lr 0.05 --epochs 30")
    assert difference_from_defaults(build_parser(), args) == {
        "train": "train.csv", "valid": "valid.csv", "mixup": True, "base_lr": 0.05,
    }  # fmt: skip


def test_flags_are_not_abbreviated():
    with pytest.raises(SystemExit):
        parsed("--batch 3")
