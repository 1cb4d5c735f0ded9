"""The gallery: pictures of many kinds, generated with the default settings, on contact sheets to judge the defaults by."""
