"""The surfaces of an office and the pages of each; every wing of pages is one blueprint."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from types import ModuleType

from flask import Blueprint

from issuance.web.admin import (
    accounts,
    centres,
    decrees,
    drafts,
    own,
    retention,
    roles,
    rule_drafts,
    rules,
    translations,
)
from issuance.web.admin import stations as station_tokens
from issuance.web.ahead import form as ahead_form
from issuance.web.ahead import window
from issuance.web.api import case_events, outgoing
from issuance.web.api import stations as station_api
from issuance.web.batches import arrivals, batch, choosing, lanes, print_files, trays
from issuance.web.border import checks, entries, return_titles
from issuance.web.border import forgeries as suspicions
from issuance.web.care import needs, protected, referrals
from issuance.web.case import access, document, person
from issuance.web.case import evidence as scans
from issuance.web.case import overrides as duty_overrides
from issuance.web.centre import booklets, job, jobs, lives, quality, showing, shown, stacks, station, stations
from issuance.web.centre import trays as tray_checks
from issuance.web.clocks import late as late_acts
from issuance.web.clocks import running as running_clocks
from issuance.web.counts import asked, counting, days, forecast
from issuance.web.departures import listed as departures
from issuance.web.departures import one as departure
from issuance.web.desk import bin as old_documents
from issuance.web.desk import (
    case,
    enrolment,
    evidence,
    fingerprints,
    handover,
    lodging,
    losses,
    papers,
    queues,
    search,
    uncollected,
)
from issuance.web.exchange import held, proposals
from issuance.web.exchange import tokens as caller_tokens
from issuance.web.family import acting, links, mandates
from issuance.web.feeds import allowed, overview, recipient
from issuance.web.frame import health, home
from issuance.web.groups import desk, group, listed, visit
from issuance.web.help import manuals
from issuance.web.imports import files as imported
from issuance.web.imports import who
from issuance.web.legacy import files as files_of_before
from issuance.web.notices import contacts
from issuance.web.officer import bulks, decisions
from issuance.web.oversight import (
    blanks,
    chain,
    clock,
    contradictions,
    entitlements,
    events,
    figures,
    held_jobs,
    overrides,
    reconciliation,
    registrations,
    roster,
    throughput,
)
from issuance.web.partners import bodies
from issuance.web.partners import files as partner_files
from issuance.web.passkeys import log_in as passkey_log_in
from issuance.web.passkeys import own as own_passkeys
from issuance.web.privacy import breaches, demands
from issuance.web.privacy import notice as privacy_notice
from issuance.web.privacy import person as data_protection
from issuance.web.public import board, confirmations, delivery_reports, files, kiosk, phone, status, stop, times, verify
from issuance.web.public import contacts as own_contacts
from issuance.web.public import mistakes as told_mistakes
from issuance.web.public import rights as rights_page
from issuance.web.residence import listed as housing
from issuance.web.residence import places
from issuance.web.reunification import file as families
from issuance.web.reunification import papers as family_papers
from issuance.web.reunification import titles as family_titles
from issuance.web.reviews import deciding, due, file, opening, partaking
from issuance.web.reviews import papers as review_papers
from issuance.web.rights import reading, untold
from issuance.web.statistics import tables as statistics_tables
from issuance.web.stock import accounts as stock_accounts
from issuance.web.stock import deliveries, handing, orders, parcel, parcels, spoiled
from issuance.web.stock import destruction as stock_destruction
from issuance.web.stock import losses as stock_losses
from issuance.web.told import mistakes
from issuance.web.transfers import arrived, one, sending
from issuance.web.waiting import appointments, counter, interpreters, tickets

SURFACES: dict[str, tuple[ModuleType, ...]] = {
    "staff": (
        *(home, access),
        *(queues, search, case, document, person, enrolment, fingerprints, evidence, scans, handover, lodging),
        *(window,),
        *(listed, group, visit, desk),
        *(imported, who, papers, links, mandates, acting, contacts, uncollected, losses, mistakes, old_documents),
        *(reading, untold, data_protection, demands),
        *(places, housing),
        *(due, opening, file, deciding, partaking, review_papers),
        *(needs, referrals, protected),
        *(departures, departure),
        *(appointments, tickets, counter, interpreters),
        *(partner_files,),
        *(decisions, bulks),
        *(families, family_titles, family_papers),
        *(entries, checks, return_titles, suspicions),
        *(stations, lives, jobs, job, station, stacks, booklets, quality, tray_checks, shown, showing),
        *(stock_accounts, deliveries, handing, orders, parcels, parcel, stock_losses, stock_destruction),
        *(lanes, choosing, batch, print_files, trays, arrivals),
        *(counting, asked, days, forecast),
        *(duty_overrides,),
        *(arrived, sending, one),
        *(held, proposals),
        *(held_jobs, spoiled, blanks, contradictions, reconciliation, overrides, entitlements, registrations, roster),
        *(running_clocks, late_acts),
        *(events, figures, statistics_tables, throughput, chain, clock, breaches),
        *(files_of_before,),
        *(overview, recipient, allowed),
        *(
            accounts,
            roles,
            bodies,
            centres,
            rules,
            rule_drafts,
            decrees,
            station_tokens,
            caller_tokens,
            retention,
            translations,
            own,
            drafts,
            own_passkeys,
            passkey_log_in,
        ),
        *(manuals,),
    ),
    "public": (
        *(status, times, told_mistakes, own_contacts, confirmations, rights_page, privacy_notice),
        *(kiosk, board, stop, verify, files, delivery_reports, ahead_form),
    ),
    "phones": (phone,),
    "stations": (station_api,),
    "exchange": (case_events,),
    "outside": (outgoing,),
}
"""The page modules of each surface, in the order of the rail: each has a `blueprint` and, with queues, `QUEUES`."""

ALWAYS: tuple[ModuleType, ...] = (health,)


def pages(surfaces: Collection[str]) -> list[ModuleType]:
    """The page modules of these surfaces."""
    return [*ALWAYS, *(module for name in SURFACES if name in surfaces for module in SURFACES[name])]


def wings(modules: Iterable[ModuleType]) -> Iterator[Blueprint]:
    """One blueprint for each folder of pages, holding its modules': an endpoint is `desk.case.show`."""
    found: dict[str, Blueprint] = {}
    for module in modules:
        package, _, _ = module.__name__.rpartition(".")
        name = package.rpartition(".")[2]
        found.setdefault(name, Blueprint(name, package)).register_blueprint(module.blueprint)
    yield from found.values()
