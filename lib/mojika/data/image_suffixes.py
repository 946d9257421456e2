"""Names of image files: those that are read, and those that are likely to be pages all the same."""

SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".tif", ".tiff", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
    *(".webp", ".bmp", ".gif", ".avif", ".pbm", ".pgm", ".ppm", ".pnm"),
)
NOT_READ = (
    *(".heic", ".heif", ".jxl", ".jxr", ".djvu", ".djv", ".psd", ".svg", ".dng", ".cr2", ".cr3", ".nef", ".arw"),
    *(".raw", ".eps", ".ps", ".tga", ".pcx", ".zip", ".cbz", ".epub"),
)
