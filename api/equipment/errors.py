from api.kit.errors import NotFoundInGym, Taken


class EquipmentNotFound(NotFoundInGym):
    code, title, noun = "equipment_not_found", "No such equipment", "equipment"


class SerialNumberTaken(Taken):
    code, title, field = "serial_number_taken", "The serial number is taken", "serial_number"
    sentence = "This gym already has equipment with the serial number {value}."
