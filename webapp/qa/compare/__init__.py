"""Compare: two to four people made up for it, side by side in the same Space, and what came of it.

routes.add_pages    adds its pages to the workbench
"""
