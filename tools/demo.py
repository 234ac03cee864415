"""``make demo``: a batch over the sample pictures, a table, and one page that shows image, mask and result."""

from __future__ import annotations

import csv
import shutil
import subprocess
import sys
import time
from pathlib import Path

from jinja2 import Environment

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "sample_images"
DEMO = ROOT / "demo"
ROIMASK = Path(sys.executable).with_name("roimask")

# Title, folder under demo/, and the words of the verb.
BATCHES = [
    ("extract", ["extract"]),
    ("stretch", ["stretch"]),
    ("gaussian", ["gaussian", "--sigma", "4"]),
]

PAGE = Environment(autoescape=True).from_string("""\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>roimask: demo</title>
<meta name="viewport" content="width=device-width">
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222 }
  table { border-collapse: collapse; width: 100% } th, td { padding: .4rem; text-align: left; vertical-align: top }
  th { font-weight: 600; border-bottom: 1px solid #ccc } td img { width: 100%; max-width: 14rem; display: block }
  td.numbers { font-variant-numeric: tabular-nums; white-space: nowrap } code { background: #f3f3f3; padding: 0 .2em }
</style>
<h1>roimask over <code>sample_images/</code></h1>
<p>Each verb changes the pixels of the mask alone, from the pixels of the mask alone.
The numbers are in <a href="statistics.csv">statistics.csv</a>, what was done in <a href="report.csv">report.csv</a>.</p>
<table>
<tr><th>image<th>mask{% for title in titles %}<th><code>{{ title }}</code>{% endfor %}<th>first band, first region</tr>
{% for row in rows %}<tr>
  <td><img src="{{ row.image }}" alt="{{ row.name }}">{{ row.name }}
  <td><img src="{{ row.mask }}" alt="mask of {{ row.name }}">
  {% for result in row.results %}<td><img src="{{ result }}" alt="result">{% endfor %}
  <td class="numbers">{% for key, value in row.numbers %}{{ key }} {{ value }}<br>{% endfor %}</tr>
{% endfor %}</table></html>
""")


def main() -> None:
    """Run the batches, then write the page."""
    start = time.perf_counter()
    shutil.rmtree(DEMO, ignore_errors=True)
    DEMO.mkdir()
    for title, words in BATCHES:
        report = ["--report", DEMO / "report.csv"] if title == "extract" else []
        roimask(*words, SAMPLES, "--mask", SAMPLES / "masks", "-o", DEMO / title, *report)
    roimask("statistics", SAMPLES, "--mask", SAMPLES / "masks", "-o", DEMO / "statistics.csv")
    page = DEMO / "index.html"
    page.write_text(PAGE.render(titles=[title for title, _ in BATCHES], rows=rows()), encoding="utf-8")
    print(f"{len(list(SAMPLES.glob('*.*')))} files in {time.perf_counter() - start:.1f} s. Open {page}")


def roimask(*words: object) -> None:
    """Run the command, and show it."""
    command = [str(word) for word in words]
    print("roimask", *(word.replace(f"{ROOT}/", "") for word in command))
    subprocess.run([str(ROIMASK), *command], check=True)


def rows() -> list[dict]:
    """What the page shows of each picture."""
    numbers = {row["image"]: row for row in reversed(list(csv.DictReader((DEMO / "statistics.csv").open())))}
    return [row(path, numbers) for path in sorted(SAMPLES.iterdir()) if path.suffix in (".png", ".tif")]


def row(path: Path, numbers: dict[str, dict[str, str]]) -> dict:
    """Pictures that a browser shows, and the numbers of one image."""
    return {
        "name": path.name,
        "image": shown(path),
        "mask": shown(SAMPLES / "masks" / f"{path.stem}.png"),
        "results": [shown(DEMO / title / path.name) for title, _ in BATCHES],
        "numbers": list(numbers.get(path.name, {}).items())[1:9],
    }


def shown(path: Path) -> str:
    """The path, seen from the page, of a PNG that shows a picture; labels and rasters are brightened."""
    import numpy as np

    import roimask as rm

    image = rm.read(path)
    if image.ndim == 3 and image.shape[2] > 4:
        image = image[..., [4, 3, 2]]  # Landsat: short-wave and near infrared, red
    if "masks" in path.parts:
        image = rm.Mask(image).weight if hasattr(rm.Mask, "weight") else np.asarray(rm.Mask(image))
        image = (np.asarray(image) > 0).astype(np.uint8) * 255
    target = DEMO / "shown" / path.parent.name / f"{path.stem}.png"
    target.parent.mkdir(parents=True, exist_ok=True)
    rm.write(target, image)
    return target.relative_to(DEMO).as_posix()


if __name__ == "__main__":
    main()
