"""Folders: pairing, outputs, what is refused, what fails alone, reports, interruption."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import time

import numpy as np
import pytest

import roimask as rm
from tests.cli.conftest import ROIMASK, names, picture, process, run

# -- pairing -------------------------------------------------------------------------------------------------------


def test_a_folder_in_a_folder_out(place):
    found = run("extract", "in", "--mask", "circle", "-o", "out")
    assert found.exit_code == 0
    assert names(place / "out") == ["a.png", "b.tif", "c.png"]
    image = rm.read("in/a.png")
    expected = rm.extract(image, rm.circle(image, ("50%", "50%"), "50%"))
    assert (rm.read("out/a.png") == expected).all()


def test_masks_are_paired_by_stem_and_the_pairs_printed(place):
    found = run("extract", "in", "--mask", "masks", "-o", "out", "--dry-run")
    assert found.exit_code == 0
    assert found.stdout.splitlines() == [
        "mask: labels",
        "in/a.png + masks/a.png -> out/a.png",
        "in/b.tif + masks/b_mask.png -> out/b.tif",
        "in/c.png + masks/c.tif -> out/c.png",
    ]
    assert not (place / "out").exists()


def test_what_has_no_partner_is_named(place):
    (place / "masks" / "a.png").rename(place / "masks" / "z.png")
    dry = run("extract", "in", "--mask", "masks", "-o", "out", "--dry-run")
    assert dry.exit_code == 1
    assert "in/a.png: no mask in masks" in dry.stdout
    assert "masks/z.png: no image" in dry.stdout
    found = run("extract", "in", "--mask", "masks", "-o", "out")
    assert found.exit_code == 1
    assert "in/a.png: no mask in masks: neither a nor a_mask" in found.stderr
    assert names(place / "out") == ["b.tif", "c.png"]


def test_masks_beside_their_images_are_no_inputs(place):
    for name in ("a.png", "b_mask.png", "c.tif"):
        stem = name.partition(".")[0].removesuffix("_mask")
        (place / "masks" / name).rename(place / "in" / f"{stem}_mask{os.path.splitext(name)[1]}")
    assert run("extract", "in", "--mask", "in", "-o", "out").exit_code == 0
    assert names(place / "out") == ["a.png", "b.tif", "c.png"]


def test_two_masks_for_one_image_are_refused_unless_one_has_its_suffix(place):
    rm.circle((20, 30), (3, 3), 2).save("masks/a.tif")
    assert run("extract", "in/a.png", "--mask", "masks", "-o", "out/a.png").exit_code == 0
    os.rename("masks/a.png", "masks/a.npy.tmp")
    rm.circle((20, 30), (3, 3), 2).save("masks/a.npy")
    found = run("extract", "in/a.png", "--mask", "masks", "-o", "out/b.png")
    assert found.exit_code == 1
    assert "several masks: masks/a.npy, masks/a.tif" in found.stderr


def test_a_file_called_circle_wins_over_the_shape(place):
    os.rename("masks/a.png", "circle")
    found = run("extract", "in/a.png", "--mask", "circle", "-o", "out.png")
    assert found.exit_code == 1
    assert "circle" in found.stderr


def test_excluded_pixels_take_no_part(place):
    run("extract", "in/a.png", "--mask", "circle", "--exclude", "masks/a.png", "-o", "out.png")
    image = rm.read("in/a.png")
    mask = rm.circle(image, ("50%", "50%"), "50%") - rm.read_mask("masks/a.png")
    assert (rm.read("out.png") == rm.extract(image, mask)).all()


def test_a_mask_of_another_size_is_one_line_with_both_sizes(place):
    rm.circle((5, 6), (2, 2), 2).save("small.png")
    found = run("extract", "in/a.png", "--mask", "small.png", "-o", "out.png")
    assert found.exit_code == 1
    assert "5 × 6" in found.stderr
    assert "20 × 30" in found.stderr
    assert found.stderr.startswith("in/a.png: ")


def test_a_georeferenced_mask_is_aligned_and_that_is_said(place):
    fine = rm.Frame(20, 30, (10, 0, 1000, 0, -10, 2000), "EPSG:32618")
    coarse = rm.Frame(10, 15, (20, 0, 1000, 0, -20, 2000), "EPSG:32618")
    rm.write("scene.tif", picture(5), frame=fine)
    rm.rectangle(coarse, 2, 2, 4, 4).save("clouds.tif")
    found = run("extract", "scene.tif", "--mask", "clouds.tif", "-o", "out.tif", "--crop")
    assert found.exit_code == 0, found.stderr
    assert "clouds.tif: aligned with the frame of scene.tif" in found.stderr
    with rm.Raster("out.tif") as out:
        assert out.frame == fine.crop((4, 4, 12, 12))


# -- outputs -------------------------------------------------------------------------------------------------------


def test_a_pattern_names_the_results(place):
    run("gaussian", "in", "--sigma", "2", "-o", "out/{verb}/{stem}_x.{ext}")
    assert names(place / "out") == ["gaussian/a_x.png", "gaussian/b_x.tif", "gaussian/c_x.png"]
    assert "knows no {where}" in run("gaussian", "in", "--sigma", "2", "-o", "out/{where}.png").stderr


def test_the_tree_is_kept(place):
    (place / "in" / "sub").mkdir()
    rm.write("in/sub/a.png", picture(9))
    run("extract", "in", "-r", "--mask", "circle", "-o", "in/results")
    assert names(place / "in" / "results") == ["a.png", "b.tif", "c.png", "sub/a.png"]
    again = run("extract", "in", "-r", "--mask", "circle", "-o", "in/results", "--overwrite", "-n")
    assert "results/results" not in again.stdout


@pytest.mark.parametrize("more", [[], ["--overwrite"]])
@pytest.mark.parametrize("target", ["in", "./in/", "in/{name}", "link"])
def test_never_in_place(place, target, more):
    os.symlink("in", "link")
    before = (place / "in" / "a.png").read_bytes()
    found = run("extract", "in", "--mask", "circle", "-o", target, *more)
    assert found.exit_code == 2
    assert "is read and would be overwritten" in found.stderr
    assert (place / "in" / "a.png").read_bytes() == before


def test_a_mask_is_not_overwritten_either(place):
    assert run("extract", "in/a.png", "--mask", "masks/a.png", "-o", "masks/a.png", "--overwrite").exit_code == 2


def test_results_that_would_collide_are_refused_before_anything_runs(place):
    rm.write("in/a.jpg", picture(4))
    found = run("extract", "in", "--mask", "circle", "-o", "out/{stem}.png")
    assert found.exit_code == 2
    assert "in/a.jpg and in/a.png would both write out/a.png" in found.stderr
    assert not (place / "out").exists()
    assert run("extract", "in", "--mask", "circle", "-o", "out").exit_code == 0


def test_several_inputs_need_a_folder(place):
    assert "2 inputs cannot go to x.png" in run("extract", "in/a.png", "in/c.png", "-o", "x.png").stderr


def test_nothing_is_overwritten_unless_asked(place):
    run("extract", "in", "--mask", "circle", "-o", "out")
    before = os.stat("out/a.png").st_mtime_ns
    found = run("extract", "in", "--mask", "circle", "-o", "out")
    assert found.exit_code == 2
    assert "out/a.png and 2 more would be overwritten" in found.stderr
    skipped = run("extract", "in", "--mask", "circle", "-o", "out", "--skip-existing")
    assert skipped.exit_code == 0
    assert "3 skipped" in skipped.stderr
    assert os.stat("out/a.png").st_mtime_ns == before
    assert run("extract", "in", "--mask", "circle", "-o", "out", "--overwrite").exit_code == 0
    assert run("extract", "in", "-o", "o", "--overwrite", "--skip-existing").exit_code == 2


def test_results_stay_in_the_folder(place):
    os.symlink("/tmp", place / "out")
    (place / "in" / "sub").mkdir()
    rm.write("in/sub/x.png", picture(1))
    os.makedirs("real")
    os.symlink(place / "masks", place / "real" / "sub")
    found = run("extract", "in", "-r", "--mask", "circle", "-o", "real")
    assert found.exit_code == 2
    assert "would leave real" in found.stderr
    rm.write("...png", picture(1))
    assert run("extract", "...png", "--mask", "circle", "-o", "deep/{stem}/x.png").exit_code == 2


def test_a_folder_that_cannot_be_made_is_said_once(place):
    (place / "out").write_text("a file")
    found = run("extract", "in", "--mask", "circle", "-o", "out/sub/")
    assert found.exit_code == 1
    assert found.stderr.count("\n") == 1


def test_a_read_only_folder(place, monkeypatch):
    monkeypatch.setattr(os, "access", lambda _, mode: mode != os.W_OK)  # root may write everywhere
    found = run("extract", "in", "--mask", "circle", "-o", "out")
    assert found.exit_code == 1
    assert found.stderr == "roimask: out cannot be written to: permission denied\n"


ODD = ["with space.png", "ünïcode 图.png", "new\nline.png", "-dash.png", "x" * 251 + ".png", "{stem}.png", "[a].png"]


@pytest.mark.parametrize("name", ODD, ids=range(len(ODD)))
def test_odd_names(place, name):
    os.mkdir("odd")
    rm.write(f"odd/{name}", picture(2))
    found = run("extract", "odd", "--mask", "circle", "-o", "out", "--report", "r.json")
    assert found.exit_code == 0, found.stderr
    assert names(place / "out") == [name]
    assert "\n".join(found.stderr.splitlines()).count("\n") == 0
    assert json.loads((place / "r.json").read_text())[0]["input"] == f"odd/{name}"
    os.chdir("odd")
    assert run("extract", "--mask", "circle", "-o", "../single/", "--", name).exit_code == 0


# -- what fails, and reports ---------------------------------------------------------------------------------------


def test_bad_files_are_a_line_each_and_the_others_are_done(place):
    (place / "in" / "empty.png").write_bytes(b"")
    (place / "in" / "text.jpg").write_text("no picture")
    whole = (place / "in" / "a.png").read_bytes()
    (place / "in" / "cut.png").write_bytes(whole[: len(whole) // 2])
    found = run("extract", "in", "--mask", "circle", "-o", "out", "-q", "--report", "r.csv", "-j", "2")
    assert found.exit_code == 1
    assert sorted(line.split()[0].rstrip(":") for line in found.stderr.splitlines()) == [
        "in/cut.png",
        "in/empty.png",
        "in/text.jpg",
    ]
    assert names(place / "out") == ["a.png", "b.tif", "c.png"]
    rows = list(csv.DictReader((place / "r.csv").open()))
    assert [row["status"] for row in rows] == ["done", "done", "done", "failed", "failed", "failed"]
    assert list(rows[0]) == ["input", "output", "status", "reason", "seconds", "share"]
    assert 0 < float(rows[0]["share"]) < 1
    assert "Traceback" not in found.stderr


def test_hostile_pictures(data, tmp_path):
    found = process("extract", data / "hostile_pillow", "--mask", "circle", "-o", tmp_path / "out", "-q")
    assert found.returncode == 1
    assert "Traceback" not in found.stderr
    assert "unexpected" not in found.stderr
    failed = [line for line in found.stderr.splitlines() if not line.startswith(str(data))]
    assert not failed


def test_a_missing_file_fails_alone(place):
    found = run("extract", "in/a.png", "in/gone.png", "--mask", "circle", "-o", "out")
    assert found.exit_code == 1
    assert found.stderr.count("gone.png") == 1
    assert names(place / "out") == ["a.png"]


def test_jobs_give_the_same_bytes(place):
    run("gaussian", "in", "--mask", "masks", "--sigma", "3", "-o", "one", "-j", "1")
    run("gaussian", "in", "--mask", "masks", "--sigma", "3", "-o", "two", "-j", "3")
    for name in names(place / "one"):
        assert (rm.read(f"one/{name}") == rm.read(f"two/{name}")).all()


def wait_for_results(folder):
    """Until two results are there."""
    while not folder.is_dir() or len(list(folder.glob("[!.]*"))) < 2:
        time.sleep(0.005)


def test_a_killed_run_goes_on_with_skip_existing(place):
    os.mkdir("many")
    for number in range(40):
        rm.write(f"many/{number:02}.png", picture(number, (400, 600)))
    words = [ROIMASK, "median" if "median" in rm.registry() else "gaussian", "many", "-o", "out", "-j", "2"]
    words += ["--size", "5"] if "median" in words else ["--sigma", "9"]
    child = subprocess.Popen(words, stderr=subprocess.DEVNULL)
    wait_for_results(place / "out")
    child.send_signal(signal.SIGKILL)
    child.wait()
    whole = [name for name in names(place / "out") if not name.startswith(".")]
    assert all(rm.read(f"out/{name}").shape == (400, 600) for name in whole)
    rest = process(*words[1:], "--skip-existing")
    assert rest.returncode == 0
    assert f"{len(whole)} skipped" in rest.stderr
    assert len([name for name in names(place / "out") if not name.startswith(".")]) == 40


def test_ctrl_c_leaves_whole_files_and_a_report(place):
    os.mkdir("many")
    for number in range(60):
        rm.write(f"many/{number:02}.png", picture(number, (600, 800)))
    words = [ROIMASK, "gaussian", "many", "--sigma", "9", "-o", "out", "-j", "2", "--report", "r.csv"]
    child = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    wait_for_results(place / "out")
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=20)
    assert child.returncode == 130
    assert said.splitlines()[-1] == "roimask: interrupted"
    done = names(place / "out")
    assert len(done) < 60
    assert all(rm.read(f"out/{name}").shape == (600, 800) for name in done)
    assert (place / "r.csv").is_file()


# -- results -------------------------------------------------------------------------------------------------------


def test_maps_are_tiff_with_nan_as_nodata(place):
    run("gradient", "in/a.png", "--mask", "circle", "-o", "out/")
    with rm.Raster("out/a.tif") as raster:
        assert raster.dtype == np.float32
        assert np.isnan(raster.nodata)
        assert np.isnan(raster.read()[0, 0])


def test_nodata_is_honoured_unless_told_otherwise(place):
    image = picture(3)
    image[:, :10] = 0
    rm.write("field.tif", image, nodata=0)
    rows = [json.loads(run("statistics", "field.tif", "--json", *more).stdout)[0] for more in ([], ["--ignore-nodata"])]
    assert [row["count"] for row in rows] == [400, 600]
    run("gaussian", "field.tif", "--sigma", "2", "-o", "out.tif")
    with rm.Raster("out.tif") as out:
        assert out.nodata == 0
        assert (out.read()[:, :10] == 0).all()
        assert out.valid().area == 400


def test_statistics_are_a_table(place):
    found = run("statistics", "in", "--mask", "masks", "-o", "s.csv")
    assert found.exit_code == 0, found.stderr
    rows = list(csv.DictReader((place / "s.csv").open()))
    assert [(row["image"], row["label"]) for row in rows] == [
        ("a.png", "1"),
        ("b.tif", "1"),
        ("c.png", "1"),
        ("c.png", "2"),
    ]
    one = rm.statistics(rm.read("in/a.png"), rm.read_mask("masks/a.png"))
    assert float(rows[0]["mean"]) == pytest.approx(one.mean)
    assert run("statistics", "in", "-o", "s.csv").exit_code == 2
    assert run("statistics", "in", "-o", "s.txt").exit_code == 2


def test_statistics_of_bands_are_a_row_a_band(place):
    rm.write("rgb.png", picture(3, (5, 6, 3)))
    out = run("statistics", "rgb.png", "in/a.png")
    rows = list(csv.DictReader(out.stdout.splitlines()))
    assert [(row["image"], row["band"]) for row in rows] == [
        ("rgb.png", "1"),
        ("rgb.png", "2"),
        ("rgb.png", "3"),
        ("a.png", "1"),
    ]
    assert not out.stderr
    nested = json.loads(run("statistics", "rgb.png", "--json").stdout)
    assert len(nested[0]["mean"]) == 3


def test_json_has_no_nan(place):
    rm.Mask(np.zeros((20, 30), bool)).save("none.png")
    text = run("statistics", "in/a.png", "--mask", "none.png", "--json").stdout
    assert json.loads(text)[0]["mean"] is None
    assert "NaN" not in text


def test_parquet(place):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    assert run("statistics", "in", "-o", "s.parquet").exit_code == 0
    assert list(pd.read_parquet("s.parquet")["image"]) == ["a.png", "b.tif", "c.png"]


def test_chips_are_files_by_label(place):
    run("chips", "in/c.png", "--mask", "masks", "-o", "out/")
    assert names(place / "out") == ["c_1.png", "c_2.png"]


def test_standard_input_and_output(place):
    raw = (place / "in" / "a.png").read_bytes()
    found = run("extract", "-", "--mask", "circle", "-o", "-", input=raw)
    assert found.exit_code == 0, found.stderr
    (place / "piped.png").write_bytes(found.stdout_bytes)
    run("extract", "in/a.png", "--mask", "circle", "-o", "file.png")
    assert (rm.read("piped.png") == rm.read("file.png")).all()


def test_write_elsewhere(place):
    run("gaussian", "in/a.png", "--mask", "masks/a.png", "--sigma", "2", "--write", "all", "-o", "all.png")
    run("gaussian", "in/a.png", "--sigma", "2", "--write", "masks/a.png", "-o", "some.png")
    image, mask = rm.read("in/a.png"), rm.read_mask("masks/a.png")
    assert (rm.read("all.png") == rm.gaussian(image, mask, sigma=2, write="all")).all()
    assert (rm.read("some.png") == rm.gaussian(image, sigma=2, write=mask)).all()


def test_a_contact_sheet(place):
    found = run("extract", "in", "--mask", "masks", "-o", "out", "--contact-sheet", "sheet.html")
    assert found.exit_code == 0, found.stderr
    page = (place / "sheet.html").read_text()
    assert (page.count("data:image/png;base64,"), page.count("data:image/jpeg;base64,")) == (3, 6)
    assert all(name in page for name in ("a.png", "b.tif", "c.png"))
    assert "http" not in page
