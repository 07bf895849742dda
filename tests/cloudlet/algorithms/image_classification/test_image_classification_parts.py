"""The network's size, the preparation of pixels, and when training stops."""

import colorsys

import numpy as np
import pytest
import torch
from pictures import png

from cloudlet.algorithms.image_classification import drawing, pixels, pretrain, weights
from cloudlet.algorithms.image_classification.hyperparameters import (
    CIFAR,
    IMAGENET,
    TABLE,
)
from cloudlet.algorithms.image_classification.learning import Patience, Score
from cloudlet.algorithms.image_classification.network import ResNet
from cloudlet.algorithms.image_classification.pixels import Preparation, decode

RANDOM = np.random.default_rng(0)
PHOTO = RANDOM.integers(0, 256, (20, 30, 3), dtype=np.uint8)


@pytest.mark.parametrize("layers", CIFAR + IMAGENET)
def test_a_network_has_as_many_layers_as_it_says(layers):
    """Convolutions and the last layer count; projections of shortcuts do not."""
    network = ResNet(layers, 10, (3, 32, 32))
    counted = [
        name
        for name, module in network.named_modules()
        if isinstance(module, (torch.nn.Conv2d, torch.nn.Linear))
        and "projection" not in name
    ]
    assert len(counted) == layers


@pytest.mark.parametrize(
    ("layers", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)
def test_networks_for_cifar_are_as_large_as_the_papers(layers, millions):
    """Table 6 of https://arxiv.org/abs/1512.03385."""
    size = sum(p.numel() for p in ResNet(layers, 10, (3, 32, 32)).parameters())
    assert round(size / 1e6, 2 if layers < 110 else 1) == millions


@pytest.mark.parametrize(
    ("side", "last"), [(8, 1), (32, 16), (40, 25), (64, 16), (224, 49)]
)
def test_the_stem_follows_the_image(side, last):
    shape = (3, side, side)
    network = ResNet(18, 10, shape).eval()
    assert network.smallest_map(shape) == last
    seen = []
    network.stages.register_forward_hook(lambda *given: seen.append(given[2].shape))
    with torch.inference_mode():
        assert network(torch.zeros(1, *shape)).shape == (1, 10)
    assert seen[0][2] * seen[0][3] == last


def test_without_augmentation_the_middle_is_cut_out():
    made = Preparation((3, 10, 12)).array(png(PHOTO), RANDOM)
    assert np.array_equal(made, PHOTO[5:15, 9:21])


def test_the_shorter_side_is_resized():
    flat = np.full((10, 30, 3), 77, np.uint8)
    made = Preparation((3, 20, 60), resize=20).array(png(flat), None)
    assert made.shape == (20, 60, 3)
    assert set(made.ravel()) == {77}


def test_crops_and_flips_are_parts_of_the_image():
    preparation = Preparation((3, 19, 28), augmentation="crop")
    parts = [
        PHOTO[y : y + 19, x : x + 28][:, ::step]
        for y in range(2)
        for x in range(3)
        for step in (1, -1)
    ]
    found = set()
    for seed in range(100):
        made = preparation.array(png(PHOTO), np.random.default_rng(seed))
        (which,) = [n for n, part in enumerate(parts) if np.array_equal(part, made)]
        found.add(which)
    assert found == set(range(len(parts)))


class Fixed:
    """A generator that always draws the same shift of hue, saturation, lightness."""

    def __init__(self, *shift):
        self.shift = np.array(shift)

    def uniform(self, low, high, size):
        return self.shift


@pytest.mark.parametrize("shift", [(0, 0, 0), (1, 0, 0), (-0.5, 0.6, -0.7)])
def test_colours_change_as_colorsys_says(shift):
    made = pixels._coloured(PHOTO, Fixed(*shift))
    for given, found in zip(PHOTO.reshape(-1, 3), made.reshape(-1, 3), strict=True):
        hue, light, saturation = colorsys.rgb_to_hls(*given / 255)
        hue = (hue + shift[0] * 36 / 180) % 1
        saturation = min(max(saturation + shift[1] * 50 / 255, 0), 1)
        light = min(max(light + shift[2] * 50 / 255, 0), 1)
        wanted = np.array(colorsys.hls_to_rgb(hue, light, saturation)) * 255
        np.testing.assert_allclose(found, wanted, atol=0.51)


def test_transformed_images_turn_about_their_middle():
    spot = np.full((41, 41, 3), 255, np.uint8)
    spot[18:23, 18:23] = 0
    spot[:4] = 0
    preparation = Preparation((3, 41, 41), augmentation="crop_color_transform")
    made = [
        preparation.array(png(spot), np.random.default_rng(seed)) for seed in range(20)
    ]
    assert all(each[20, 20].mean() < 100 < each[30, 20].mean() for each in made)
    assert len({each.tobytes() for each in made}) == 20


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (np.full((2, 2), 513, np.uint16), (2, 2, 2)),
        (np.full((2, 2, 4), (9, 8, 7, 0), np.uint8), (9, 8, 7)),
        (np.full((2, 2), 60, np.uint8), (60, 60, 60)),
    ],
)
def test_every_depth_becomes_eight_bits_of_three_colours(given, wanted):
    assert decode(png(given), 3).getpixel((0, 0)) == wanted


def test_scores_count_right_and_nearly_right():
    score = Score(2)
    scores = torch.tensor([[3.0, 2, 1], [3, 2, 1], [3, 2, 1], [1, 2, 3]])
    score.add(scores, torch.tensor([0, 1, 2, 2]))
    assert (score.seen, score.right, score.among) == (4, 2, 3)
    several = Score(None)
    several.add(torch.tensor([[1.0, -1, 1, -1]]), torch.tensor([[1.0, 1, 1, 0]]))
    assert several.right == 0.75


@pytest.mark.parametrize(
    ("accuracies", "more", "last"),
    [
        ([0.5, 0.6, 0.6, 0.6, 0.9], {}, 3),
        ([0.5, 0.6, 0.6, 0.61, 0.6, 0.6], {}, 5),
        ([0.5, 0.6, 0.6, 0.61, 0.6], {"early_stopping_tolerance": "0.1"}, 3),
        ([0.5] * 9, {"early_stopping_min_epochs": "6"}, 5),
        ([0.5] * 9, {"early_stopping": "False"}, None),
    ],
)
def test_patience_ends(accuracies, more, last):
    given = {"num_classes": "2", "num_training_samples": "9", "early_stopping": "true"}
    given |= {"early_stopping_min_epochs": "2", "early_stopping_patience": "2"}
    patience = Patience(TABLE.validate(given | more))
    over = [n for n, value in enumerate(accuracies) if patience.is_over(n, value)]
    assert over[:1] == ([] if last is None else [last])


def test_pictures_come_from_their_seed_and_no_digit_is_drawn():
    for number in range(len(drawing.CLASSES)):
        made, again = (
            drawing.picture(number, np.random.default_rng(number), 16) for _ in range(2)
        )
        assert np.array_equal(made, again)
        assert made.std() > 3
    assert not set("0123456789") & set(drawing.GLYPHS)


def test_pretraining_gives_the_same_bytes(tmp_path):
    made = []
    for name in ("a", "b"):
        pretrain.pretrain(18, tmp_path / name, steps=2)
        made.append((tmp_path / name / "resnet-18.npz").read_bytes())
    assert made[0] == made[1]


def test_pretrained_weights_are_small_and_have_no_last_layer():
    (path,) = weights.PRETRAINED.glob("resnet-18.npz")
    assert path.stat().st_size < 3_000_000
    with np.load(path) as file:
        assert not any(name.startswith("head") for name in file.files)
