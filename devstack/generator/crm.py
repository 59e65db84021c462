"""Accounts and their contacts, in Salesforce. SystemModstamp has whole seconds there."""

import numpy as np
import pyarrow as pa

from devstack.generator import people
from devstack.generator.columns import ids, instants, join, money, only, pick, swap
from devstack.generator.customers import total
from devstack.generator.dirt import marks, soil
from devstack.generator.timeline import NEVER, SECOND, Array, Columns, Timeline, latest

_TYPES = ("Customer - Direct", "Customer - Channel", "Prospect")
_INDUSTRIES = ("Retail", "Technology", "Healthcare", "Manufacturing", "Energy", "Education", "Media", "Transportation")
_TITLES = ("CEO", "Head of Procurement", "CFO", "Office Manager", "VP Operations", "Buyer")
OBJECTS = {"Account": "001", "Contact": "003", "Opportunity": "006"}
"""The first three characters of an object's ids."""


def record_ids(name: str, numbers: Array) -> pa.Array:
    """Ids of 18 characters."""
    return join(ids(OBJECTS[name] + "8d", numbers, 10), "AAA")


def seconds(instants: Array) -> Array:
    """Instants without fractions of a second."""
    return instants // SECOND * SECOND


def draw_accounts(line: Timeline, customers: Columns) -> Columns:
    """The companies among the customers, most of them, and some that are not customers yet; ascending by birth."""
    leads = people.live(line, line.grow("leads", total(line) // 25, total(line) / 100, people.draw))
    leads["number"] = np.full(len(leads["created"]), -1)
    firms = (customers["segment"] > 0) & customers["has_account"]
    members = {name: column[firms] for name, column in customers.items()}
    order = np.argsort(np.concatenate([members["created"], leads["created"]]), kind="stable")
    accounts = {name: np.concatenate([members[name], leads[name]])[order] for name in leads}
    accounts["customer"] = accounts.pop("number")
    accounts["number"] = np.arange(len(order))
    for name in ("created", "changed", "left"):
        accounts[name] = np.where(accounts[name] < NEVER, seconds(accounts[name]), NEVER)
    return accounts


def account_table(line: Timeline, accounts: Columns) -> pa.Table:
    """salesforce.Account, with `_dirt`."""
    number, customer = accounts["number"], accounts["customer"]
    found = marks("salesforce", "Account", number)
    revenue, staff, kind = people.versions(line, accounts)
    size = (accounts["phone"] % 97 + 3) * np.where(accounts["segment"] == 2, 40, 2)
    known = swap(ids("C", customer, 7), found.of("orphan_customer"), ids("C9", number, 6))
    table = pa.table(
        {
            "Id": record_ids("Account", number),
            "Name": people.odd_texts(people.company_names(accounts), found),
            "Customer_Id__c": only((customer >= 0) | found.of("orphan_customer"), known),
            "Type": pick(_TYPES, np.where(customer >= 0, (accounts["phone"] + kind) % 2, 2)),
            "Industry": pick(_INDUSTRIES, accounts["trade"] % len(_INDUSTRIES)),
            "AnnualRevenue": money((size * 90_000 + accounts["phone"] % 9_000 + revenue * size * 4_000) * 100),
            "NumberOfEmployees": pa.array(size + staff * (1 + size // 20), pa.int64()),
            "BillingCountry": people.countries(accounts, found.of("country_spelling"), by_name=True),
            "OwnerId": join(ids("0058d", accounts["phone"] % 9, 10), "AAA"),
            "CreatedDate": instants(accounts["created"], "UTC"),
            "SystemModstamp": instants(latest(line.end, accounts["created"], *people.last_change(accounts)), "UTC"),
            "IsDeleted": pa.array(accounts["left"] < line.end),
        }
    )
    return soil(table, found, {})


def contact_table(line: Timeline, accounts: Columns) -> pa.Table:
    """salesforce.Contact, with `_dirt`: two for each account, born with it, who change when it does."""
    account = np.repeat(accounts["number"], 2)
    number = np.arange(len(account))
    contacts = {name: column[account] for name, column in accounts.items()}
    contacts["first"] = (contacts["first"] + number % 2 * 3 + 1) % 10
    contacts["last"] = (contacts["last"] + number % 2 * 7) % 10
    found = marks("salesforce", "Contact", number)
    title, phone, email = people.versions(line, contacts)
    first, last = people.names(contacts)
    address = people.emails(contacts, 500_000 + number, email)
    known = swap(record_ids("Account", account), found.of("orphan_account"), record_ids("Account", 9 * 10**9 + number))
    table = pa.table(
        {
            "Id": record_ids("Contact", number),
            "AccountId": known,
            "FirstName": first,
            "LastName": last,
            "Email": people.bad_emails(address, number, found.of("bad_email")),
            "Phone": people.phones(contacts, phone + number % 2),
            "Title": people.odd_texts(pick(_TITLES, (contacts["phone"] + number + title) % len(_TITLES)), found),
            "MailingCountry": people.countries(contacts, np.zeros(len(number), dtype=bool), by_name=True),
            "CreatedDate": instants(contacts["created"], "UTC"),
            "SystemModstamp": instants(latest(line.end, contacts["created"], *people.last_change(contacts)), "UTC"),
            "IsDeleted": pa.array(contacts["left"] < line.end),
        }
    )
    return soil(table, found, {})
