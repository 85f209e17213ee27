"""The QA workbench: what differs between people and variants, and why.

init_app    adds its pages to an app; after accounts, security, gates and the console

Each part is a sub-package whose `add_pages(blueprint, core)` adds its pages below `/qa` and returns
how it is led to. The names of its endpoints begin with its own name ("explain", "explain_answer").
Pages extend `qa/base.html` and fill its block `qa`, with `qa_title` as their title.

personas    made-up people, and what each feature should be for them: of use to several parts
"""

from webapp.qa.routes import init_app

__all__ = ["init_app"]
