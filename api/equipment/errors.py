from api.kit.errors import NotFoundInGym, Taken
from core.translation import mark


class EquipmentNotFound(NotFoundInGym):
    code, title = "equipment_not_found", "No such equipment"
    sentence = mark("This gym has no equipment {key}.")


class SerialNumberTaken(Taken):
    code, title, field = "serial_number_taken", "The serial number is taken", "serial_number"
    sentence = mark("This gym already has equipment with the serial number '{value}'.")
