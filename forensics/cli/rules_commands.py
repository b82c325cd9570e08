"""`forensics rules ...`: what the judgement rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forensics.cli import results
from forensics.cli.parameters import Command, Group

app = typer.Typer(cls=Group, no_args_is_help=True, help="The rules: list, show, lint, test.")

Rules = Annotated[Path | None, typer.Option("--rules", help="A folder of rules; the shipped ones by default.")]


@app.command("list", cls=Command)
def list_(rules: Rules = None) -> None:
    """Every rule with its title."""
    from forensics.analysis import rulebook
    from forensics.report import terminal

    book = rulebook.load(rules)
    with results.output():
        terminal.show_rules([(rule.id, rule.title) for rule in book.rules])


@app.command(cls=Command)
def show(rule: Annotated[str, typer.Argument(help="The rule's id, such as traffic/mx-then-address.")]) -> None:
    """One rule as it stands in its file."""
    from forensics.analysis import rulebook
    from forensics.errors import UsageError

    known = [found.id for found in rulebook.load().rules]
    if rule not in known:
        raise UsageError(f"There is no rule {rule!r}. forensics rules list names them all.")
    with results.output():
        typer.echo((rulebook.rules_folder() / f"{rule}.yml").read_text("utf-8"), nl=False)


@app.command(cls=Command)
def lint(rules: Rules = None) -> None:
    """Check every rule against the tables, without evidence."""
    from forensics.analysis import rule_check, rulebook

    book = rulebook.load(rules)
    rule_check.lint(book)
    typer.echo(f"{len(book.rules)} rules and {len(book.claims)} kinds of claim fit the tables.")


@app.command("test", cls=Command)
def run_cases(
    rules: Rules = None,
    cases: Annotated[Path | None, typer.Option(help="The folder of test cases.")] = None,
) -> None:
    """Run the rules' own test cases."""
    from forensics.analysis import rule_check, rulebook

    book = rulebook.load(rules)
    report = rule_check.run_cases(book, cases or rulebook.cases_folder())
    for failure in report.failures:
        typer.echo(failure, err=True)
    typer.echo(f"{report.ran} cases, {len(report.failures)} failed.")
    raise typer.Exit(1 if report.failures or not report.ran else 0)
