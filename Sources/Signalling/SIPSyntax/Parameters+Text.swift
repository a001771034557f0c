internal import Addressing

extension Parameters {
    /// Behind a URI: what a field parameter would quote is escaped instead.
    var uriText: String {
        var text = ""
        for entry in self.entries {
            text += ";" + entry.name
            switch entry.value {
            case .plain(let value): text += "=" + value
            case .quoted(let value):
                text += "=" + PercentEncoding.escape(value.utf8) { $0.isURIParameterCharacter }
            case nil: break
            }
        }
        return text
    }

    /// Behind a header field's value.
    var fieldText: String {
        var text = ""
        for entry in self.entries {
            text += ";" + entry.name
            switch entry.value {
            case .plain(let value): text += "=" + value
            case .quoted(let value): text += "=" + QuotedString.quote(value)
            case nil: break
            }
        }
        return text
    }

    /// Sets a number, which is always a token.
    package mutating func setNumber(_ name: Token, _ number: UInt64) {
        self.set(name, Token(decimal: number))
    }

    /// Sets Via's `received`; IPv6 is written without brackets (RFC 3261 section 25.1, `via-received`).
    mutating func setReceived(_ address: IPAddress) {
        self.put(Parameter(name: "received", value: .plain(address.description)))
    }
}
