"""The rooms of docs/architecture.md, floor by floor from the ground."""

FLOORS = [
    {"files", "parameters", "runtime"},
    {"augmentation", "models", "preprocessing"},
    {"data"},
    {"boxes", "imports", "reading", "samples", "scans", "training"},
    {"detection", "language", "pictures", "recognition"},
    {"experiment", "formats", "reports"},
    {"reader"},
    {"inspection"},
    {"cli"},
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
