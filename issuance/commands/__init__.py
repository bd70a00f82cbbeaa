"""The commands of the office: `flask --app app NAME`.

Exit codes: 0 done; 1 refused or not in order (a broken chain, a wrong line); 2 the input cannot be used.
"""

from __future__ import annotations

from flask import Flask

from issuance.commands import accounts, chip, demo, ending, office, pki, recovery, seal, specimens

COMMANDS = (
    *(office.set_up, office.import_requests, office.list_types, office.verify_audit),
    *(accounts.add_account, accounts.reset_second_factor, accounts.add_station, accounts.load_blanks),
    *(demo.set_up_demo, ending.close_case),
    *(recovery.backup, recovery.restore, recovery.reconciliation),
    *(specimens.compose_specimen, specimens.write_specimens),
    *(seal.verify_seal, seal.export_signer, chip.chip, pki.pki),
)


def register(app: Flask) -> None:
    """Make the commands known to `flask`."""
    for command in COMMANDS:
        app.cli.add_command(command)
