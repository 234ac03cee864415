"""Written by `make stubs`; do not edit: name, suffixes, those it writes, if it is pixels, summary."""

# fmt: off
# ruff: noqa: E501
FORMATS: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool, str], ...] = (
    ('coco', ('.json',), ('.json',), False, 'COCO annotations: polygons, run lengths compressed or not, whole data sets and lists of results.'),
    ('csv', ('.csv',), ('.csv',), False, 'Runs of pixels as a table: label, name, row, first column, column after the last.'),
    ('cvat', ('.xml',), ('.xml',), False, 'CVAT for images, XML: polygons, boxes, ellipses and masks; polylines and points have no area and are left out.'),
    ('geojson', ('.geojson', '.json'), ('.geojson', '.json'), False, 'GeoJSON by RFC 7946: WGS 84 on a georeferenced frame, else pixels (x = column, y = row), as QuPath has them.'),
    ('imagej', ('.roi', '.zip'), ('.roi', '.zip'), False, 'ImageJ regions: a ``.roi`` file, or a RoiSet ``.zip`` of the ROI manager, by roifile.'),
    ('labelme', ('.json',), ('.json',), False, 'LabelMe JSON: every shape type, filled by the pixel-centre rule.'),
    ('labelstudio', ('.json',), ('.json',), False, "Label Studio's JSON export: brush strokes (its own run lengths), polygons, rectangles and ellipses."),
    ('npy', ('.npy',), ('.npy',), True, 'Masks as numpy arrays of the whole frame: bool, int32 or float32, exact; names and grid are kept by npz alone.'),
    ('npz', ('.npz',), ('.npz',), True, 'Masks as numpy archives, exact and whole: the values of the bounding box, origin, frame, kind, names.'),
    ('photo', ('.jpg', '.jpeg', '.bmp', '.gif', '.webp', '.avif', '.pgm', '.pbm', '.tga', '.jp2', '.vrt', '.img', '.asc'), (), True, 'Masks in other picture formats, read only: lossy ones as binary when asked.'),
    ('png', ('.png',), ('.png',), True, 'Masks as PNG: binary 0/255, labels in 8 or 16 bits, weights in 16 bits (rounded to 1/65535).'),
    ('svg', ('.svg',), ('.svg',), False, 'SVG: filled paths, polygons, rectangles, circles and ellipses, with their transforms.'),
    ('tiff', ('.tif', '.tiff'), ('.tif', '.tiff'), True, 'Masks as TIFF, with their place in the world: binary 0/255, labels as integers, weights as float32.'),
    ('vector', ('.gpkg', '.shp', '.fgb'), ('.gpkg',), False, 'Vector files of maps, by GDAL: GeoPackage both ways, Shapefile and FlatGeobuf for reading.'),
    ('voc', ('.png',), ('.png',), True, 'Pascal VOC class pictures: a palette PNG whose index is the class, and 255 no class (the border of objects).'),
    ('yolo', ('.txt',), ('.txt',), False, "YOLO segmentation: a line an object, its class and the outline in shares of the image's width and height."),
)
