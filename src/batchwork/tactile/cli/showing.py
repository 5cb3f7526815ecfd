"""``tactile doctor``: what an old configuration meant."""

from pathlib import Path

import click


@click.command()
@click.argument("config", metavar="CONFIG.yml", type=click.Path(path_type=Path))
def doctor(config: Path) -> int:
    """Say what an old configuration meant, and what the old program silently ignored."""
    from batchwork.io.yaml_layers import read_layers
    from batchwork.tactile.doctor import diagnose

    findings = diagnose(read_layers(config))
    for finding in findings:
        click.echo(str(finding))
    click.echo(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}")
    return 1 if findings else 0
