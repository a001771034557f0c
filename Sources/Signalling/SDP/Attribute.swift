/// One `a=` line: a property (`recvonly`) or a name with a value (`ptime:20`).
package struct Attribute: Hashable, Sendable {
    package let name: String
    package let value: String?

    /// Throws `controlCharacter`: an attribute must not be able to end its line.
    package init(name: String, value: String? = nil) throws(SDPRefusal) {
        guard name.isOneLine, !name.isEmpty, value?.isOneLine ?? true else { throw .controlCharacter }
        self.init(checkedName: name, value: value)
    }

    /// Text of the parser or of this room's own making.
    init(checkedName name: String, value: String? = nil) {
        self.name = name
        self.value = value
    }

    var text: String {
        self.value.map { "\(self.name):\($0)" } ?? self.name
    }
}
