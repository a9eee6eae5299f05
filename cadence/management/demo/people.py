"""Larkmoor, a company that makes planning software for heating engineers, and who works there."""

from cadence.management.demo.plot import Person

NAME, SLUG = "Larkmoor", "larkmoor"
TIME_ZONE, COUNTRY, CURRENCY = "Europe/Berlin", "DE", "EUR"
PASSWORD = "cadence-demo"  # noqa: S105, everybody may know it

ADMINISTRATOR = Person("ben", "Ben Achterberg", "administrator")
PEOPLE = (
    Person("ingrid", "Ingrid Solheim", "executive"),
    Person("dana", "Dana Weiss", team="Growth"),
    Person("lucia", "Lucía Ferrer", team="Demand"),
    Person("priya", "Priya Nair", team="Demand"),
    Person("noor", "Noor Haddad", team="Growth"),
    Person("tomas", "Tomás Reyes", team="Partnerships"),
    Person("jonas", "Jonas Lind", team="Partnerships"),
    Person("salma", "Salma Diallo", team="Customer success"),
    Person("rafael", "Rafael Quintero", team="Product and delivery"),
    Person("mei", "Mei Tan", team="Onboarding"),
    Person("jakub", "Jakub Nowak", team="Platform"),
    Person("sara", "Sara Okafor", team="Platform"),
    Person("helen", "Helen Marsh", team="Finance and people"),
    Person("yuki", "Yuki Arai", "observer"),
)
MACHINE = "Warehouse export"

# Name, the team above, who leads it. Parents before their children.
TEAMS = (
    ("Larkmoor", "", "ingrid"),
    ("Growth", "Larkmoor", "dana"),
    ("Demand", "Growth", "lucia"),
    ("Partnerships", "Growth", "tomas"),
    ("Customer success", "Growth", "salma"),
    ("Product and delivery", "Larkmoor", "rafael"),
    ("Onboarding", "Product and delivery", "mei"),
    ("Platform", "Product and delivery", "jakub"),
    ("Finance and people", "Larkmoor", "helen"),
)

PRIORITIES = (
    ("Win the mid-market", "Companies of 50 to 500 people plan their visits with us."),
    ("Customers stay and grow", "Who begins with one site comes back for the next."),
    ("Deliver faster, with fewer faults", "Small steps, a calm night, and money in the bank."),
)
