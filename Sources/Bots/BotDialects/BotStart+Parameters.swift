import BotProtocol
import JSON

extension BotStart {
    /// Parameters and headers as the members of a JSON object, which names a key once: of several values of one name the
    /// last counts.
    var lastOfEachName: [NamedValue] {
        Self.lastOfEachName(self.parameters + self.headers)
    }

    /// The same with the numbers of the call, for dialects whose start has no place for them.
    func withNumbers(from: String, to: String) -> [NamedValue] {
        Self.lastOfEachName([NamedValue(from, self.from), NamedValue(to, self.to)] + self.parameters + self.headers)
    }

    private static func lastOfEachName(_ values: [NamedValue]) -> [NamedValue] {
        var result: [NamedValue] = []
        for value in values {
            result.removeAll(where: { $0.name == value.name })
            result.append(value)
        }
        return result
    }
}

extension JSONWriter {
    /// An object of texts in one call.
    mutating func member(_ key: String, _ values: [NamedValue]) {
        self.key(key)
        self.beginObject()
        for value in values { self.member(value.name, value.value) }
        self.endObject()
    }
}

extension BotMessageBuffer {
    /// Appends one text message: an object, whose members `body` writes.
    mutating func appendObject(_ body: (inout JSONWriter) -> Void) {
        self.append(.text) { bytes in
            var writer = JSONWriter()
            writer.beginObject()
            body(&writer)
            writer.endObject()
            bytes.append(contentsOf: writer.finish())
        }
    }
}
