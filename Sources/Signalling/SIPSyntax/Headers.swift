/// A message's header fields in their order, known and unknown alike.
package struct Headers: Hashable, Sendable {
    package struct Field: Hashable, Sendable {
        package let name: HeaderName
        package let value: HeaderValue

        package init(name: HeaderName, value: HeaderValue) {
            self.name = name
            self.value = value
        }
    }

    package private(set) var fields: [Field] = []

    package init() {}

    /// Adds a field after all others.
    package mutating func add(_ name: HeaderName, _ value: some HeaderFieldValue) {
        self.fields.append(Field(name: name, value: value.headerValue))
    }

    /// Adds a field before all others, as a new Via has to be.
    package mutating func prepend(_ name: HeaderName, _ value: some HeaderFieldValue) {
        self.fields.insert(Field(name: name, value: value.headerValue), at: 0)
    }

    /// Puts one field in the place of the first of its name and removes the others; adds it when there is none.
    package mutating func replace(_ name: HeaderName, _ value: some HeaderFieldValue) {
        let field = Field(name: name, value: value.headerValue)
        guard let index = self.fields.firstIndex(where: { $0.name == name }) else {
            self.fields.append(field)
            return
        }
        self.remove(name)
        self.fields.insert(field, at: index)
    }

    package mutating func remove(_ name: HeaderName) {
        self.fields.removeAll { $0.name == name }
    }

    package func first(_ name: HeaderName) -> HeaderValue? {
        self.fields.first { $0.name == name }?.value
    }

    /// Every field of the name, a field with several values as it was written.
    package func all(_ name: HeaderName) -> [HeaderValue] {
        self.fields.lazy.filter { $0.name == name }.map(\.value)
    }

    package func contains(_ name: HeaderName) -> Bool {
        self.fields.contains { $0.name == name }
    }
}
