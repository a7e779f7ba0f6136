"""Names that scripts import and seldom use."""


def make_absent(name, remedy):
    """A class that can be imported and named in annotations; using it says what to do instead."""

    def refuse(what):
        raise NotImplementedError(
            "azureml.core.%s%s needs Azure's service, and this job runs without it: %s. "
            "To use the real SDK, install azureml-core in the job's environment (--keep-azureml)."
            % (name, what, remedy)
        )

    class Absent(type):
        def __getattr__(cls, attribute):
            # Python's own machinery looks for names with underscores, and must hear that they are not there.
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            return refuse("." + attribute)

        def __call__(cls, *args, **kwargs):
            return refuse("()")

    return Absent(name, (), {"__module__": "azureml.core", "__doc__": remedy})
