"""What the page and the examples show runs as written."""

from __future__ import annotations

import importlib.util
import re
import shutil

import pytest

FENCE = re.compile(r"^```python\n(.*?)^```", re.M | re.S)


def test_the_page(root, tmp_path, monkeypatch):
    shutil.copytree(root / "sample_images", tmp_path / "sample_images")
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for number, code in enumerate(FENCE.findall((root / "docs" / "learn.md").read_text()), 1):
        exec(compile(code, f"docs/learn.md, snippet {number}", "exec"), names)


@pytest.fixture
def example(root, tmp_path, monkeypatch):
    """An example as a module, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def load(name):
        spec = importlib.util.spec_from_file_location(name, root / "examples" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def test_the_masked_loss_is_that_of_each_sentence(example, capsys):
    example("fables").main(epochs=1)
    figures = dict(re.findall(r"^  (\w.*?) +([\d.]+)$", capsys.readouterr().out, re.M))
    alone = float(figures.pop("of each sentence alone"))
    assert float(figures["masked loss"]) == pytest.approx(alone, rel=1e-5)
    assert float(figures["PyTorch with ignore_index"]) == pytest.approx(alone, rel=1e-5)
    assert float(figures["padding counted as text"]) > alone


def test_masked_clouds_beat_clouds_left_in(example, capsys, tmp_path):
    example("water").main()
    masked, left_in = map(float, re.findall(r"IoU ([\d.]+)", capsys.readouterr().out))
    assert masked > 0.85 and masked > left_in + 0.05 and (tmp_path / "water.png").is_file()
