from batchwork.tomo.checking import check_scans, weigh


def test_scans_are_really_looked_into(scans, tmp_path):
    cut = scans.folder / "scan_002.h5"
    cut.write_bytes(cut.read_bytes()[:5000])
    paths = [scans.folder / "scan_001.h5", cut, tmp_path / "gone.h5"]
    found = list(check_scans(paths))
    assert [checked.path for checked in found] == paths
    assert [[f.defect for f in checked.findings] for checked in found] == [[], ["TruncatedFile"], ["MissingFile"]]
    assert [checked.is_sound for checked in found] == [True, False, False]


def test_stopping_early_leaves_no_process(scans):
    checks = check_scans([scans.folder / name for name in scans.cors])
    assert next(checks).is_sound
    checks.close()


def test_scans_are_weighed_by_their_shape(scans):
    whole = scans.folder / "scan_001.h5"
    assert weigh(whole) > 0
    cut = scans.folder / "scan_002.h5"
    cut.write_bytes(cut.read_bytes()[:5000])
    assert weigh(cut) is None
