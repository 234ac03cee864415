"""How Sphinx builds these pages; it needs no network."""

from importlib.metadata import version as installed

project = "roimask"
author = copyright = "the roimask developers"
version = release = installed("roimask")

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "sphinx.ext.mathjax", "numpydoc", "myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_mock_imports = ["torch"]  # which the docs do without
autosummary_generate = True
numpydoc_show_class_members = False

html_theme = "pydata_sphinx_theme"
html_title = "roimask"
html_show_sourcelink = False
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_context = {"default_mode": "light"}
