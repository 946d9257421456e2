"""Every command line of the 2019 repository is accepted as it stands, and means what it meant."""

import pytest

from mojika.experiment.arguments import build_parser
from mojika.experiment.validation import adopt, resolve

# what the ten training command lines have in common, then what differs: from train_scripts/ and
# train_scripts/pseudo_labeling/ of the 2019 repository
COMMON = (
    "--optimizer sgd --wd 1e-4 --base-lr 0.1 --warmup-epochs 5 --random-resized-crop-scale 0.85,0.90 "
    "--random-resized-crop-ratio 0.875,1.14285714 --random-horizontal-flip 0.0 --random-vertical-flip 0.0 --workers 16 "
    "--l2softmax --random-erasing --undersampling 2000 --drop-last "
)
STEPS = "--epochs 80 --lr-step-epochs 20,40,60,70 --mixup "
COSINE = "--epochs 90 --cosine-annealing-t-max 86 --cosine-annealing-mult 1 --icap --icap-beta 1.0 --icap-prob 0.5 "
GRAY = "--from-scratch --grayscale --random-rotate-degree 3 --jitter-brightness 0.1 --jitter-contrast 0.1 " \
       "--jitter-saturation 0.1 --jitter-hue 0.05 --pca-noise 0 "  # fmt: skip
STRONG = "--jitter-brightness 0.25 --jitter-contrast 0.25 --jitter-saturation 0.25 --jitter-hue 0.125 " \
         "--pca-noise 0.125 --random-grayscale-prob 0.2 "  # fmt: skip
SMALL = "--scale-size 124 --input-size 112 "
TRAINING = {
    "01": COMMON + STEPS + GRAY + "--model efficientnet-b4 --batch-size 128 --val-batch-size 256 --scale-size 210 "
    "--input-size 190 --rgb-mean 0.589 --rgb-std 0.364",
    "02": COMMON + STEPS + GRAY + SMALL + "--model resnet152 --batch-size 512 --val-batch-size 1024",
    "03": COMMON + STEPS + SMALL + "--model se_resnext101_32x4d --batch-size 256 --val-batch-size 512 "
    "--random-rotate-degree 3 --jitter-brightness 0.2 --jitter-contrast 0.2 --jitter-saturation 0.2 --jitter-hue 0.1 "
    "--pca-noise 0.1 --random-grayscale-prob 0.2",
    "04": COMMON + COSINE + STRONG + SMALL + "--model se_resnext101_32x4d --batch-size 256 --val-batch-size 512 "
    "--cosine-annealing-eta-min 1e-6 --random-rotate-degree 5",
    "05": COMMON + COSINE + STRONG + SMALL + "--model resnet152 --batch-size 512 --val-batch-size 1024 "
    "--cosine-annealing-eta-min 1e-7 --random-rotate-degree 3",
}  # fmt: skip
PREFIXES = {
    "01": "01_efficientnet_b4_val15779_l2softmax_mixup_re_normalize_gray190",
    "02": "02_resnet152_val15779_l2softmax_mixup_re_gray112",
    "03": "03_seresnext101_val15779_l2softmax_mixup_re_rgb112",
    "04": "04_seresnext101_val3076_l2softmax_icap_re_rgb112",
    "05": "05_resnet152_val3076_l2softmax_icap_re_rgb112",
}

# train_scripts/pseudo_refine/; the first lacks a backslash after --resume there and is meant as written here
NO_AUGMENTATION = (
    "--random-resized-crop-scale 0.90,0.90 --random-resized-crop-ratio 1.0,1.0 --random-horizontal-flip 0.0 "
    "--random-vertical-flip 0.0 --random-rotate-degree 0 --jitter-brightness 0 --jitter-contrast 0 "
    "--jitter-saturation 0 --jitter-hue 0 --pca-noise 0 --random-grayscale-prob 0 --workers 8 --l2softmax --drop-last "
    "--onehot --refine --optimizer sgd --wd 1e-4 --base-lr 0.00001 --lr-step-epochs 20,40,60,70 "
)
REFINING = {  # flags, model and epoch in the file to resume
    "01": ("--batch-size 96 --val-batch-size 96 --scale-size 210 --input-size 190 --epochs 80 --warmup-epochs 3 "
           "--rgb-mean 0.589 --rgb-std 0.364 --grayscale", "efficientnet-b4", 54),
    "02": ("--batch-size 96 --val-batch-size 96 --epochs 69 --warmup-epochs 5 --grayscale " + SMALL, "resnet152", 66),
    "03": ("--batch-size 96 --val-batch-size 96 --epochs 80 --warmup-epochs 5 " + SMALL, "se_resnext101_32x4d", 77),
    "04": ("--batch-size 64 --val-batch-size 64 --epochs 82 --warmup-epochs 5 " + SMALL, "se_resnext101_32x4d", 79),
    "05": ("--batch-size 96 --val-batch-size 96 --epochs 90 --warmup-epochs 5 " + SMALL, "resnet152", 87),
}  # fmt: skip

BOOKS = (
    "--model se_resnext50_32x4d --batch-size 64 --val-batch-size 128 --scale-size 256 --input-size 224 --optimizer sgd "
    "--wd 5e-4 --base-lr 0.1 --epochs 60 --warmup-epochs 5 --lr-step-epochs 15,30,45 "
    "--random-resized-crop-scale 0.85,1.0 --random-resized-crop-ratio 0.875,1.14285714 --random-horizontal-flip 0.0 "
    "--random-vertical-flip 0.0 --jitter-brightness 0.2 --jitter-contrast 0.2 --jitter-saturation 0.2 "
    "--jitter-hue 0.1 --pca-noise 0.1 --workers 16 --simple-label --drop-last --icap --icap-beta 2.0 --random-erasing "
    "--prefix book_title_classifier"
)

# the 87 flags of the 2019 train.py (two of them positional), with the defaults that it gave them
FLAGS_2019 = {
    "model": "resnet18", "from_scratch": False, "arcface": False, "arcface_s": 30.0, "arcface_m": 0.5,
    "cosface": False, "cosface_s": 30.0, "cosface_m": 0.4, "adacos": False, "adacos_m": 0.5, "l2softmax": False,
    "l2softmax_temp": 0.05, "epochs": 30, "batch_size": 128, "val_batch_size": 256, "workers": None, "resume": None,
    "start_epoch": 0, "disp_batches": 0, "save_best_only": False, "save_best_and_last": False, "drop_last": False,
    "grayscale": False, "base_lr": 0.1, "lr_factor": 0.1, "lr_step_epochs": (10, 20), "lr_patience": None,
    "cosine_annealing_t_max": None, "cosine_annealing_mult": 2, "cosine_annealing_eta_min": 1e-5, "final_lr": 0.5,
    "optimizer": "sgd", "momentum": 0.9, "wd": 1e-4, "warmup_epochs": 5, "scale_size": 256, "input_size": 224,
    "rgb_mean": (0, 0, 0), "rgb_std": (1, 1, 1), "random_resized_crop_scale": (0.8, 1.0),
    "random_resized_crop_ratio": (0.75, 1.3333333333333333), "random_horizontal_flip": 0.5,
    "random_vertical_flip": 0.0, "jitter_brightness": 0.1, "jitter_contrast": 0.1, "jitter_saturation": 0.1,
    "jitter_hue": 0.05, "random_rotate_degree": 3.0, "interpolation": "BICUBIC", "pca_noise": 0.0,
    "random_grayscale_prob": 0.0, "image_dump": False, "calc_rgb_mean_and_std": False, "no_cuda": False,
    "warm_restart_next": None, "warm_restart_current": None, "simple_label": False, "onehot": False,
    "freeze_bn": False, "undersampling": None, "refine": False, "cutout": False, "cutout_holes": 1,
    "cutout_length": 64, "random_erasing": False, "random_erasing_p": 0.5, "random_erasing_sl": 0.02,
    "random_erasing_sh": 0.4, "random_erasing_r1": 0.3, "random_erasing_r2": 1 / 0.3, "mixup": False,
    "mixup_alpha": 0.2, "ricap": False, "ricap_beta": 0.3, "ricap_with_line": False, "icap": False, "icap_beta": 0.3,
    "icap_prob": 1.0, "cutmix": False, "cutmix_beta": 1.0, "cutmix_prob": 1.0,
}  # fmt: skip
ELSEWHERE = {"prefix", "log_dir", "model_dir", "seed"}  # runs have folders of their own here, and always a seed


def parsed(flags: str):
    return build_parser().parse_args(["train.csv", "valid.csv", *flags.split()])


def values(flags: str) -> dict[str, str | bool]:
    """What a command line says, read without the parser under test."""
    words, said = flags.split(), {}
    for word, after in zip(words, [*words[1:], "--"], strict=True):
        if word.startswith("--"):
            said[word[2:].replace("-", "_")] = True if after.startswith("--") else after
    return said


def assert_says(recipe, flags: str) -> None:
    for name, expected in values(flags).items():
        found = getattr(recipe, name)
        if isinstance(found, tuple):
            numbers = [float(field) for field in expected.split(",")]
            assert list(found) in (numbers, numbers * 3), name
        else:
            assert found == (expected if isinstance(found, bool | str) else float(expected)), name


def test_every_flag_of_2019_is_there_with_its_default():
    recipe = resolve(parsed(""))
    assert len(FLAGS_2019) + len(ELSEWHERE) + len({"train", "valid"}) == 87
    assert {name: getattr(recipe, name) for name in FLAGS_2019} == FLAGS_2019
    assert all(hasattr(recipe, name) for name in ELSEWHERE)


@pytest.mark.parametrize("number", TRAINING)
@pytest.mark.parametrize("pseudo", ["", "_pseudo"])
def test_training_commands(number, pseudo):
    flags = f"{TRAINING[number]} --prefix {PREFIXES[number]}{pseudo}"
    recipe = resolve(parsed(flags))
    assert_says(recipe, flags)
    assert recipe.head_kind == "l2softmax"
    assert recipe.mixing == ({"icap": 0.5} if number in ("04", "05") else {"mixup": 1.0})
    assert recipe.schedule == ("cosine" if number in ("04", "05") else "multi-step")


@pytest.mark.parametrize("number", REFINING)
def test_refining_commands_take_network_and_epoch_from_the_file(number):
    own, model, epoch = REFINING[number]
    flags = f"--resume model/{PREFIXES[number]}_pseudo-{model}-{epoch:04d}.model {NO_AUGMENTATION} {own}"
    args = adopt(parsed(flags), {"arch": {"model": model}, "epoch": epoch})
    recipe = resolve(args)
    assert_says(recipe, flags)
    assert (recipe.model, recipe.start_epoch, recipe.pretrained) == (model, epoch, None)
    assert recipe.mixing == {}


def test_book_classifier_command():
    recipe = resolve(parsed(BOOKS))
    assert_says(recipe, BOOKS)
    assert (recipe.head_kind, recipe.mixing, recipe.schedule) == ("linear", {"icap": 1.0}, "multi-step")
