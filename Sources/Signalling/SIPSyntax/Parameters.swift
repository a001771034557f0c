/// The parameters of a URI or of a header field, in their order; names are compared without case.
package struct Parameters: Hashable, Sendable {
    /// A parameter's value.
    package enum Value: Hashable, Sendable {
        /// Stands as it is: a token, a host, or the escaped text of a URI parameter.
        case plain(String)
        /// Stands in quotes; the text without quotes and escapes.
        case quoted(String)

        /// The text, whichever way it is written.
        package var text: String {
            switch self {
            case .plain(let text), .quoted(let text): text
            }
        }
    }

    package struct Parameter: Hashable, Sendable {
        package let name: String
        package let value: Value?
    }

    package private(set) var entries: [Parameter] = []

    package init() {}

    package var isEmpty: Bool { self.entries.isEmpty }

    /// The value's text; nil when the parameter is absent or has no value.
    package subscript(name: String) -> String? {
        self.first(name)?.value?.text
    }

    package func contains(_ name: String) -> Bool {
        self.first(name) != nil
    }

    /// Sets a parameter, in its old place when there is one.
    package mutating func set(_ name: Token, _ value: Token?) {
        self.put(Parameter(name: name.text, value: value.map { .plain($0.text) }))
    }

    /// Sets a parameter to text that needs no quotes. Throws `notAToken` or `malformedParameter`.
    package mutating func set(_ name: String, _ value: String) throws(SIPSyntaxError) {
        let name = try Token(name)
        guard !value.isEmpty, value.utf8.allSatisfy(\.isParameterValueCharacter) else { throw .malformedParameter }
        self.put(Parameter(name: name.text, value: .plain(value)))
    }

    /// Sets a header field's parameter to any text without controls, written in quotes.
    package mutating func setQuoted(_ name: String, _ text: String) throws(SIPSyntaxError) {
        let name = try Token(name)
        guard !text.utf8.contains(where: \.isForbiddenControl) else { throw .controlCharacter }
        self.put(Parameter(name: name.text, value: .quoted(text)))
    }

    package mutating func remove(_ name: String) {
        self.entries.removeAll { $0.name.equalsIgnoringCase(name) }
    }

    /// Adds what the parser has checked.
    mutating func append(name: String, value: Value?) {
        self.entries.append(Parameter(name: name, value: value))
    }

    private func first(_ name: String) -> Parameter? {
        self.entries.first { $0.name.equalsIgnoringCase(name) }
    }

    mutating func put(_ parameter: Parameter) {
        guard let index = self.entries.firstIndex(where: { $0.name.equalsIgnoringCase(parameter.name) }) else {
            self.entries.append(parameter)
            return
        }
        self.entries[index] = parameter
    }
}
