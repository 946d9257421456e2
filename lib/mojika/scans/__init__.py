"""Pages to be read, from image files, folders, PDFs and IIIF manifests: each with a name and its pixels."""
