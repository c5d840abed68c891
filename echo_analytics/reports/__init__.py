"""Reports: what they contain, and how they are made, checked, published and kept account of.

::

    from echo_analytics.reports.making import make_report

    run = make_report(db, "weekly", "2026-W25", output="reports")
    run.folder, run.manifest["summary"], run.made

`section` says what a report is made of, `publishing` how files made elsewhere (by a notebook, say)
are published in the same way, and `ledger` what is known of each run.
"""
