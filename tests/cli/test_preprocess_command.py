import json

from mojika.cli.main import main


def test_pages_are_made_once(make_pages, tmp_path, capsys):
    pages = make_pages([(f"p_{i}", (40, 30), []) for i in range(2)]).parent / "train_images"
    command = ["preprocess", str(pages), str(tmp_path / "out"), "--workers", "1"]
    assert main(command) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'out'}: 2 pages made, 0 kept as they were\n"
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"pages": 2, "made": 0, "kept": 2, "skipped": 0}
    assert main([*command, "--page-preprocessing", "ben-graham"]) == 2
    assert "made differently" in capsys.readouterr().err
    assert main([*command, "--page-preprocessing", "ben-graham", "--force"]) == 0
