"""Output formats: how what run() returned becomes bytes of the rows file. One file each.

A format has
    name_items(paths)                    what it wants to know about the items later; called before run(), which may
    change its list write_elements(elements, names, sink)  writes an iterable of elements; returns (elements counted,
    rows written) write_frame(frame, names, sink)        the same for a DataFrame
"""


def choose_format(output_action, output_format, input_roots):
    """The format for a job. Formats import what they need when they are chosen, so that a start costs only its own."""
    if output_action == "summary_only":
        from .summary import SummaryFormat

        return SummaryFormat()
    if output_format == "csv":
        from .csv_rows import CsvFormat

        return CsvFormat(input_roots)
    if output_format == "jsonl":
        from .jsonl import JsonlFormat

        return JsonlFormat(input_roots)
    from .azureml import AzuremlFormat

    return AzuremlFormat()
