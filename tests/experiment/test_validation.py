import pytest

from mojika.errors import UserError
from mojika.experiment.arguments import build_parser
from mojika.experiment.taken_from_file import taken_flags
from mojika.experiment.training_setup import build_architecture
from mojika.experiment.validation import (
    adopt,
    changed_flags,
    defaults,
    difference_from_defaults,
    neutral_flags,
    resolve,
    to_plain,
)
from mojika.models.architecture import Architecture


def parsed(flags: str = ""):
    return build_parser().parse_args(["train.csv", "valid.csv", *flags.split()])


def resolved(flags: str = ""):
    return resolve(parsed(flags))


def changed(saved: dict, recipe) -> list[str]:
    return changed_flags(saved, to_plain(recipe), neutral_flags(recipe), defaults())


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
    for name in ("inception_v3", "inceptionv4", "inception_v4", "inceptionresnetv2", "xception"):
        recipe = resolved(f"--model {name}")
        assert (recipe.scale_size, recipe.input_size) == (320, 299)


def test_sizes_may_be_rectangles_height_first():
    recipe = resolved("--scale-size 137x236 --input-size 128x224")
    assert (recipe.scale_size, recipe.input_size) == ((137, 236), (128, 224))
    assert resolved("--scale-size 64x64 --input-size 64").scale_size == 64
    saved = to_plain(recipe)
    assert saved["scale_size"] == [137, 236]  # what YAML and checkpoints know
    assert changed(saved, recipe) == []
    assert changed(saved, resolved("--scale-size 236 --input-size 128x224")) == ["--scale-size [137, 236] -> 236"]
    args = parsed("--scale-size 137x236")
    assert difference_from_defaults(build_parser(), args)["scale_size"] == [137, 236]


@pytest.mark.parametrize(
    ("flags", "mean"),
    [
        ("--grayscale --rgb-mean 0.589", (0.589,)),
        ("--grayscale", (0.0,)),
        ("--grayscale --rgb-mean 0.485,0.456,0.406", (0.485,)),
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
        ("--from-scratch --pretrained timm", "--from-scratch and --pretrained contradict"),
        ("--no-cuda --device cuda", "--no-cuda and --device cuda contradict"),
        ("--mixup --cutmix", "--mixup and --cutmix each mix the whole batch: give one of them, or --mix-schedule"),
        ("--mixup --mix-schedule icap=0.5", "leave out --mixup"),
        ("--mix-schedule mixup=0.7,icap=0.4", "add up to 1.1, above 1"),
        ("--mix-schedule shake=0.5", "expected NAME=SHARE,… with mixup, cutmix, ricap, icap"),
        ("--mix-schedule mixup", "expected NAME=SHARE"),
        ("--arcface --cosface", "--arcface and --cosface contradict each other"),
        ("--l2softmax --head adacos", "--l2softmax and --head adacos contradict"),
        ("--from-scratch --model some.model", "--from-scratch and --model some.model contradict"),
        ("--resume a.model --model b.model", "--resume and --model b.model contradict"),
        ("--resume a.model --pretrained b.model", "--resume and --pretrained b.model contradict"),
        ("--signed-features --pooling gem", "--signed-features and --pooling gem (of positive ones) contradict"),
        ("--freeze-bn --sync-bn", "--freeze-bn and --sync-bn contradict"),
        ("--lookahead --optimizer ranger", "--lookahead and --optimizer ranger (which contains it) contradict"),
        ("--optimizer nag --momentum 0", "--optimizer nag and --momentum 0 contradict"),
        ("--lr-patience 3 --cosine-annealing-t-max 5", "--lr-patience and --cosine-annealing-t-max contradict"),
        ("--lr-schedule one-cycle --lr-patience 3", "--lr-schedule one-cycle and --lr-patience contradict"),
        ("--lr-schedule plateau", "needs --lr-patience"),
        ("--lr-schedule cosine", "needs --cosine-annealing-t-max"),
        ("--warmup-share 0.2 --warmup-epochs 3", "--warmup-share 0.2 and --warmup-epochs 3 contradict"),
        ("--warmup-share 1.2", "--warmup-share 1.2: expected a fraction"),
        ("--lr-schedule warmup-cosine --min-lr 1", "--min-lr 1.0 is larger than --base-lr 0.1"),
        ("--warmup-form 2019 --warmup-share 0.1", "--warmup-form 2019 (of whole epochs) and --warmup-share 0.1 contra"),
        ("--warmup-form 2019 --lr-schedule one-cycle", "--warmup-form 2019 and --lr-schedule one-cycle (which has its"),
        ("--lr-rates 1e-3", "--lr-rates: expected one rate for each of --lr-step-epochs"),
        ("--lr-rates 1e-3,1e-4 --lr-step-epochs 9,3", "--lr-rates: expected one rate for each of --lr-step-epochs"),
        ("--onehot --loss ohem", "--onehot (sums over the batch) and --loss ohem (averages a part of it) contradict"),
        ("--keep all --save-best-only", "--save-best-only and --keep all contradict"),
        ("--keep some", "expected none, all or a number of epochs"),
        ("--keep 0", "expected none, all or a number"),
        ("--label-smoothing 1", "below 1"),
        ("--ema-decay 1", "below 1"),
        ("--augmix-severity 11", "0 to 10"),
        ("--gridmask-period 0.5,1.5", "at most 1"),
        ("--grad-accumulation 256", "more parts than --batch-size"),
        ("--cutmix --cutmix-beta -1", "--cutmix-beta -1.0: expected a positive number"),
        ("--grayscale --rgb-mean 0.1,0.2", "--rgb-mean 0.1,0.2: expected 1 number, found 2"),
        ("--rgb-mean 0.1,0.2", "--rgb-mean 0.1,0.2: expected 3 numbers, found 2"),
        ("--rgb-std 1,0,1", "expected positive"),
        ("--input-size 128 --scale-size 112", "larger than --scale-size"),
        ("--input-size 128x112 --scale-size 120x236", "--input-size 128x112 is larger than --scale-size 120x236"),
        ("--input-size 0", "--input-size 0: expected a positive number of pixels, or HEIGHTxWIDTH"),
        ("--scale-size 137x", "--scale-size 137x: expected a positive number of pixels, or HEIGHTxWIDTH"),
        ("--random-resized-crop-scale 0.9", "two positive numbers LOW,HIGH"),
        ("--random-resized-crop-scale 0.9,0.8", "LOW,HIGH"),
        ("--random-resized-crop-scale 0.9,1.8", "at most 1"),
        ("--lr-step-epochs 10,x", "--lr-step-epochs 10,x: expected numbers"),
        ("--icap-prob 1.5", "--icap-prob 1.5: expected a fraction"),
        ("--batch-size 0", "--batch-size 0: expected a positive"),
        ("--base-lr nan", "--base-lr nan"),
        ("--wd -1", "--wd -1"),
        ("--focal-gamma -1", "--focal-gamma -1.0: expected zero or a positive number"),
        ("--random-rotate-degree 181", "--random-rotate-degree 181.0: expected 0 to 180 degrees"),
        ("--lr-patience -1", "--lr-patience -1: expected a positive number"),
        ("--cosine-annealing-t-max 5 --cosine-annealing-mult 0", "--cosine-annealing-mult 0: expected a positive"),
        ("--workers -2", "--workers -2: expected zero or a positive number"),
        ("--arcface-s 0", "--arcface-s 0.0: expected a positive number"),
        ("--l2softmax-temp -1", "--l2softmax-temp -1.0: expected a positive number"),
        ("--cosface-m -1", "--cosface-m -1.0: expected zero or a positive number"),
        ("--jitter-hue 0.6", "--jitter-hue 0.6"),
        ("--random-erasing-sl 0.5 --random-erasing-sh 0.4", "larger than --random-erasing-sh"),
        ("--undersampling -1", "--undersampling -1"),
        ("--mixup --mixup-alpha -1", "--mixup-alpha -1.0: expected a positive number"),
        ("--mix-schedule mixup=0.5 --mixup-alpha 0", "--mixup-alpha 0.0: expected a positive number"),
        ("--head-weights 2,-1,1", "--head-weights 2,-1,1: expected numbers from 0 on"),
        ("--head-weights 0,0", "not all of them 0"),
        ("--head-weights 2;1", "--head-weights 2;1: expected numbers separated by commas"),
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
    assert changed(saved, resolved("--batch-size 64 --workers 2 --epochs 99 --device cpu")) == []
    assert changed(saved, resolved("--batch-size 32 --mixup")) == [
        "--batch-size 64 -> 32",
        "--mixup False -> True",
    ]


def test_several_flags_decide_head_mixing_and_schedule_together():
    assert resolved("--cosface").head_kind == resolved("--head cosface").head_kind == "cosface"
    assert resolved("--head arcface --arcface").head_kind == "arcface"
    assert resolved("--cutmix --cutmix-prob 0.3").mixing == {"cutmix": 0.3}
    assert resolved("--mix-schedule mixup=0.3,cutmix=0.5").mixing == {"mixup": 0.3, "cutmix": 0.5}
    assert (
        resolved("--lr-patience 3").schedule == resolved("--lr-patience 3 --lr-schedule plateau").schedule == "plateau"
    )
    assert (resolved("--keep 3").keep, resolved("--keep all").keep) == (3, "all")
    assert resolved("--workers -1").workers is None


def test_a_checkpoint_completes_the_flags_where_they_are_silent():
    state = {"arch": {"model": "resnet34", "pooling": "gem", "activation": "mish", "blur_pool": True}, "epoch": 7}
    silent = adopt(parsed("--resume a.model"), state)
    assert (silent.model, silent.pooling, silent.activation, silent.blur_pool) == ("resnet34", "gem", "mish", True)
    assert resolve(silent).start_epoch == 0
    assert adopt(parsed("--resume a.model --pooling avg"), state).pooling == "avg"
    assert adopt(parsed("--resume a.model --model resnet18"), state).pooling == "default"
    assert resolve(adopt(parsed("--resume a.model --refine"), state)).start_epoch == 7
    assert resolve(adopt(parsed("--resume a.model --refine --start-epoch 2"), state)).start_epoch == 2
    instead = resolve(adopt(parsed("--model a.model"), state))
    assert (instead.model, instead.pretrained) == ("resnet34", "a.model")


ARCFACE = {
    "arch": {"model": "resnet34", "channels": 1, "input_size": 48, "head": "arcface", "neck": 32, "gate": True,
             "head_parameters": {"scale": 20.0, "margin": 0.25}},
    "input": {"channels": 1, "mean": [0.5], "std": [0.3], "scale_size": [54, 60], "input_size": 48,
              "interpolation": "bilinear"},
    "epoch": 7,
}  # fmt: skip


def test_head_and_input_are_taken_from_a_checkpoint_and_told_as_flags():
    given = parsed("--resume a.model")
    taken = adopt(given, ARCFACE)
    recipe = resolve(taken)
    assert (recipe.model, recipe.head_kind, recipe.arcface_s, recipe.arcface_m) == ("resnet34", "arcface", 20.0, 0.25)
    assert (recipe.neck, recipe.head_gate, recipe.grayscale) == (32, True, True)
    assert (recipe.scale_size, recipe.input_size, recipe.interpolation) == ((54, 60), 48, "BILINEAR")
    assert (recipe.rgb_mean, recipe.rgb_std) == ((0.5,), (0.3,))
    typed = resolve(parsed(f"--resume a.model --model resnet34 {taken_flags(given, taken)}"))
    assert {**to_plain(typed), "prefix": ""} == {**to_plain(recipe), "prefix": ""}


def test_what_flags_say_wins_over_a_checkpoint():
    recipe = resolve(
        adopt(parsed("--model a.model --l2softmax --scale-size 72 --input-size 64 --rgb-mean 0.1"), ARCFACE)
    )
    assert (recipe.head_kind, recipe.neck, recipe.head_gate) == ("l2softmax", None, False)
    assert (recipe.scale_size, recipe.input_size, recipe.rgb_mean, recipe.rgb_std) == (72, 64, (0.1,), (0.3,))
    named = resolve(adopt(parsed("--pretrained a.model --model resnet18"), ARCFACE))
    assert (named.head_kind, named.grayscale, named.rgb_std) == ("linear", False, (1.0, 1.0, 1.0))


def test_flags_that_came_later_than_a_checkpoint_had_their_defaults():
    saved = to_plain(resolved(""))
    for name in ("pooling", "ema_decay", "loss", "mix_schedule", "head_kind", "mixing"):
        del saved[name]
    assert changed(saved, resolved("")) == []
    assert changed(saved, resolved("--ema-decay 0.9")) == ["--ema-decay None -> 0.9"]


def test_epochs_may_be_raised_unless_the_schedule_ends_with_them():
    saved = to_plain(resolved("--lr-schedule one-cycle"))
    assert changed(saved, resolved("--lr-schedule one-cycle --epochs 40")) == ["--epochs 30 -> 40"]
    saved = to_plain(resolved("--warmup-share 0.2"))
    assert changed(saved, resolved("--warmup-share 0.2 --epochs 40")) == ["--epochs 30 -> 40"]


def test_automatic_prefix_is_the_same_for_the_same_recipe_only():
    assert resolved("--mixup").prefix == resolved("--mixup --workers 3").prefix
    assert resolved("--mixup").prefix != resolved("--icap").prefix
    assert resolved("--prefix mine").prefix == "mine"


def test_difference_from_defaults_holds_the_given_flags():
    args = parsed("--mixup --base-lr 0.05 --epochs 30")
    assert difference_from_defaults(build_parser(), args) == {
        "train": "train.csv", "valid": "valid.csv", "mixup": True, "base_lr": 0.05,
    }  # fmt: skip


def test_flags_may_be_abbreviated_while_one_flag_alone_begins_like_that(capsys):
    assert resolved("--batch 64 --lr-step 20,40 --undersamp 9").lr_step_epochs == (20, 40)
    with pytest.raises(SystemExit):
        parsed("--random-erasing-s 0.1")
    assert "could be --random-erasing-sl or --random-erasing-sh" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("zero", "same"),
    [
        ("--undersampling 0", ""),
        ("--lr-patience 0", ""),
        ("--cosine-annealing-t-max 0", ""),
        ("--lr-patience 0 --cosine-annealing-t-max 5", "--cosine-annealing-t-max 5"),
        ("--mixup --mixup-alpha 0", ""),
        ("--cutmix --cutmix-beta 0", ""),
        ("--mixup --mixup-alpha 0 --icap", "--icap"),
        ("--mixup-alpha 0 --cutmix-beta 0", ""),
        ("--mixup-alpha -1 --cutmix-beta -1", ""),
    ],
)
def test_zero_switches_off_as_in_2019(zero, same):
    assert resolved(zero) == resolved(same)


@pytest.mark.parametrize("flags", ["--freeze-bn --from-scratch", "--workers 0", "--random-erasing-sl 0"])
def test_flags_of_2019_that_say_nothing_much_are_accepted(flags):
    resolved(flags)


def test_a_network_of_2019_is_completed_and_its_options_reach_the_architecture():
    state = {"arch": {"model": "efficientnet-b4", "static_padding": True, "signed_features": True}, "epoch": 60}
    silent = adopt(parsed("--resume a.model"), state)
    assert (silent.model, silent.static_padding, silent.signed_features) == ("efficientnet-b4", True, True)
    assert not silent.exchange_channels
    sizes = {"scale_size": 412, "input_size": 380, "interpolation": "bicubic"}
    state["input"] = {"channels": 3, "mean": [0.5] * 3, "std": [0.3] * 3, "channels_exchanged": True, **sizes}
    assert adopt(parsed("--resume a.model"), state).exchange_channels
    assert not adopt(parsed("--resume a.model --grayscale"), state).exchange_channels
    asked = "--model efficientnet-b4 --drop-path-rate 0.2 --bn-momentum 0.01 --static-padding --signed-features"
    architecture = build_architecture(resolved(asked))
    assert (architecture.drop_path_rate, architecture.batch_norm_momentum) == (0.2, 0.01)
    assert architecture.static_padding and architecture.signed_features
    assert Architecture.from_plain(architecture.to_plain()) == architecture
