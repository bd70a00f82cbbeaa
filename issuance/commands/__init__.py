"""The commands of the office: `flask --app app NAME`.

Exit codes: 0 done; 1 refused or not in order (a broken chain, a wrong line); 2 the input cannot be used.
"""

from __future__ import annotations

from flask import Flask

from issuance.commands import (
    accounts,
    case_handling,
    centres,
    chip,
    demo,
    feeds,
    office,
    pki,
    recovery,
    rules,
    seal,
    set_up,
    specimens,
    stations,
)

COMMANDS = (
    *(set_up.set_up, case_handling.import_requests, office.list_types, office.verify_audit, office.work),
    office.test_sms,
    *(accounts.list_accounts, accounts.add_account, accounts.close_account, accounts.reopen_account),
    *(accounts.give_role, accounts.take_role, accounts.set_last_day, accounts.move_account, accounts.end_sessions),
    *(accounts.reset_password, accounts.reset_second_factor),
    *(accounts.add_station, accounts.close_station, accounts.reopen_station),
    *(
        centres.list_centres,
        centres.add_centre,
        centres.describe_centre,
        centres.give_capacity,
        centres.close_centre,
        centres.reopen_centre,
    ),
    *(rules.list_drafts, rules.draft_rules, rules.agree_rules, rules.end_rules),
    *(stations.renew_station_token, stations.set_station_limit, stations.check_stock),
    *(demo.set_up_demo, demo.play_demo, case_handling.close_case),
    *(case_handling.add_token, case_handling.revoke_token, case_handling.list_tokens),
    *(recovery.backup, recovery.restore, recovery.begin_epoch, recovery.reconciliation),
    *(feeds.write_feeds, feeds.take_receipt),
    *(specimens.compose_specimen, specimens.write_specimens),
    *(seal.verify_seal, seal.export_signer, chip.chip, pki.pki),
)


def register(app: Flask) -> None:
    """Make the commands known to `flask`."""
    for command in COMMANDS:
        app.cli.add_command(command)
