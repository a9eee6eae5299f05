"""The third priority: delivering faster, with fewer faults, and the money that pays for it."""

from cadence.management.demo.plot import Answer, Dip, Hole, Limit, Metric, Work

RELEASE_TRAIN = Work(
    "Release train",
    priority=3,
    team="Platform",
    about="Something small goes out every day, and nobody stays late for it.",
    owners=(("rafael", 27), ("jakub", 21)),
    budget=40000,
    metrics=(
        Metric(
            "Lead time of a change",
            "lagging",
            7.6,
            5.6,
            0.6,
            unit="days",
            decimals=1,
            how="mean",
            limits=(
                Limit("Above nine days: nothing new is begun for a week.", ceiling="9"),
                Limit(
                    "Above seven days: nothing new is begun for a week.",
                    ceiling="7",
                    since=10,
                    reason="The smaller steps work; this holds what was won.",
                ),
            ),
        ),
        Metric(
            "Releases",
            "leading",
            4.4,
            5.4,
            1.4,
            unit="releases",
            leads_to="Lead time of a change",
            limits=(Limit("Fewer than three: release what is ready on Friday noon.", floor="3"),),
            dips=(
                Dip(
                    19,
                    19,
                    0.34,
                    (
                        Answer(
                            "adjust",
                            "The nightly test run is halved, so that it ends by morning.",
                            "Three releases a week",
                            check=1,
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Failed releases",
            "leading",
            7,
            6.4,
            1.5,
            unit="%",
            decimals=1,
            how="mean",
            leads_to="Lead time of a change",
            limits=(Limit("Above 10%: every release has a second person at it.", ceiling="10"),),
            dips=(
                Dip(14, 13, 0.3, (Answer("agreed", expected="At most one in ten", check=1),)),
                Dip(
                    2,
                    1,
                    0.38,
                    (
                        Answer(
                            "escalate",
                            "Three of eight went back for the same reason: the test system is "
                            "too small. A larger one is more than our budget.",
                            "A decision about the test system",
                            to="rafael",
                            check=14,
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=("A release takes eleven minutes now.", "The flags let us ship half-built work safely."),
    in_the_way=("The test system is too small for two at once.", "Reviews wait for a day."),
)

AVAILABLE = Work(
    "Always available",
    priority=3,
    team="Platform",
    about="The plan of the day opens at six in the morning, on every phone, on every site.",
    owners=(("jakub", 27), ("sara", 15)),
    budget=58000,
    metrics=(
        Metric(
            "Availability",
            "lagging",
            99.78,
            99.86,
            0.08,
            unit="%",
            decimals=2,
            most=100,
            read="day",
            judged="week",
            how="min",
            machine=True,
            limits=(Limit("Below 99.5% on any day: no release for two days.", floor="99.50"),),
            dips=(Dip(8, 8, 0.004, (Answer("agreed", expected="No day below 99.5%", check=1),)),),
        ),
        Metric(
            "Cost per account",
            "lagging",
            2.27,
            2.12,
            0.05,
            unit="EUR",
            decimals=2,
            read="month",
            how="mean",
            limits=(Limit("Above 2.40: switch off what nobody asked for.", ceiling="2.40"),),
            dips=(Dip(2, 2, 0.05, (Answer("agreed", expected="2.40 at most", check=1),)),),
        ),
        Metric(
            "Slow pages",
            "leading",
            3.1,
            3.3,
            0.9,
            unit="%",
            decimals=1,
            read="day",
            how="mean",
            machine=True,
            leads_to="Availability",
            limits=(
                Limit(
                    "Above 5% for three days: the slowest page is taken apart.", ceiling="5", row=3
                ),
            ),
            dips=(
                Dip(
                    6,
                    6,
                    0.3,
                    (
                        Answer(
                            "adjust",
                            "The map loads after the list, not before it.",
                            "At most one page in twenty is slow",
                            check=6,
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Alerts answered in 15 minutes",
            "leading",
            94,
            95.5,
            2,
            unit="%",
            how="mean",
            most=100,
            leads_to="Availability",
            limits=(Limit("Below 90%: two on call at night.", floor="90"),),
            dips=(
                Dip(
                    16,
                    15,
                    0.07,
                    (
                        Answer(
                            "adjust",
                            "The phone of whoever is on call rings twice, then the next.",
                            "Nine of ten alerts",
                            check=1,
                        ),
                        Answer(
                            "recovered",
                            "The week of the check was not counted; those since are above 93%.",
                        ),
                    ),
                ),
            ),
            holes=(
                Hole(
                    14,
                    answers=(
                        Answer(
                            "recovered",
                            "The pager changed hands and the week was not counted; "
                            "the next ones are.",
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=("The second region took over without anybody noticing.",),
    in_the_way=("Certificates are still renewed by hand.", "On-call is shared by four."),
)

DATA_CENTRE = Work(
    "Second data centre",
    priority=3,
    team="Platform",
    about="Half of the services in rooms of our own.",
    owners=(("jakub", 27),),
    budget=150000,
    metrics=(
        Metric(
            "Services moved",
            "leading",
            5,
            5.5,
            1.2,
            unit="services",
            limits=(Limit("Fewer than four: the release train waits for a week.", floor="4"),),
            dips=(
                Dip(
                    13,
                    8,
                    0.4,
                    (
                        Answer(
                            "adjust",
                            "Two services at a time, with the vendor in the room.",
                            "Four services a week",
                        ),
                        Answer(
                            "stop",
                            "The rooms cost more than the machines they save, and the vendor has "
                            "said so too. The second region does the same for less.",
                            by="rafael",
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=("The network is faster than promised.",),
    in_the_way=("Each service needs its own evening.",),
)

CASH = Work(
    "Cash collection",
    priority=3,
    team="Finance and people",
    about="Invoices are paid when they are due, and nobody is surprised by a reminder.",
    owners=(("helen", 27),),
    budget=110000,
    metrics=(
        Metric(
            "Days sales outstanding",
            "lagging",
            45.5,
            43.5,
            1.4,
            unit="days",
            decimals=1,
            read="month",
            how="mean",
            limits=(Limit("Above 48: new customers pay in advance.", ceiling="48"),),
        ),
        Metric(
            "Overdue invoices",
            "leading",
            98,
            104,
            10,
            unit="k EUR",
            how="last",
            leads_to="Days sales outstanding",
            limits=(Limit("Above 120: no more work for who owes for 60 days.", ceiling="120"),),
            dips=(
                Dip(
                    21,
                    20,
                    0.12,
                    (
                        Answer(
                            "reallocate",
                            "Somebody calls every morning for a month.",
                            "At most 120,000 EUR overdue",
                            when=(20, 2, 15),
                            moved=("Bookkeeping", "Calls", "2 hours a day"),
                        ),
                    ),
                ),
                Dip(
                    5,
                    1,
                    0.2,
                    (
                        Answer(
                            "escalate",
                            "Half of it is one customer, and it is our largest. To stop working "
                            "for them is not for Finance to decide.",
                            "A word with their chief executive",
                            to="ingrid",
                            check=17,
                            when=(4, 1, 10),
                        ),
                    ),
                ),
            ),
        ),
        Metric(
            "Calls to late payers",
            "leading",
            29,
            31,
            4,
            unit="calls",
            leads_to="Days sales outstanding",
            limits=(Limit("Below 25: Monday morning is for calls.", floor="25"),),
            dips=(
                Dip(
                    10,
                    10,
                    0.2,
                    (
                        Answer(
                            "recovered",
                            "A week of training for both; planned, and over.",
                            when=(8, 2, 15),
                        ),
                    ),
                ),
                Dip(2, 2, 0.2),
            ),
        ),
    ),
    helped=("Reminders go out by themselves on day three.",),
    in_the_way=("Our largest customer waits for an answer from its own bank.",),
)

HIRING = Work(
    "Hiring engineers",
    priority=3,
    team="Finance and people",
    about="Six engineers in two quarters, at least two of whom have done field work.",
    owners=(("helen", 27),),
    budget=35000,
    metrics=(
        Metric(
            "Offers accepted",
            "lagging",
            2.2,
            2.5,
            0.8,
            unit="offers",
            read="month",
            limits=(Limit("None in a month: look again at what we pay.", floor="1"),),
        ),
        Metric(
            "Interviews held",
            "leading",
            8,
            8.5,
            1.8,
            unit="interviews",
            leads_to="Offers accepted",
            limits=(Limit("Below six: every engineer asks two people they know.", floor="6"),),
            dips=(
                Dip(
                    12,
                    11,
                    0.3,
                    (
                        Answer(
                            "agreed", expected="Six interviews a week", check=1, when=(11, 2, 14)
                        ),
                    ),
                ),
            ),
        ),
    ),
    helped=("Two came through people who work here.",),
    in_the_way=("The home task takes a whole weekend.",),
)

WORKS = (RELEASE_TRAIN, AVAILABLE, DATA_CENTRE, CASH, HIRING)
