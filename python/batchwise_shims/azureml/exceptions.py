"""The exceptions that scripts catch."""


class AzureMLException(Exception):
    def __init__(self, exception_message="", **options):
        super().__init__(exception_message)
        self.message = exception_message


class UserErrorException(AzureMLException):
    pass


class ModelNotFoundException(AzureMLException):
    pass


class RunEnvironmentException(AzureMLException):
    pass


class WebserviceException(AzureMLException):
    pass
