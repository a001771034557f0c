import JSON
import Testing

/// The scanner's tokens, and the walk over a document without a tree.
struct JSONScannerTests {
    private func tokens(_ text: String) throws -> [JSONScanner.Token] {
        let bytes = Array(text.utf8)
        var scanner = JSONScanner()
        var tokens: [JSONScanner.Token] = []
        while true {
            let token = try scanner.next(in: bytes.span)
            tokens.append(token)
            if token == .end { return tokens }
        }
    }

    @Test func tokensOfADocument() throws {
        let kinds = try self.tokens(#"{"a":[1,"x",true,null],"b":{}}"#).map { token in
            switch token {
            case .beginObject: "{"
            case .endObject: "}"
            case .beginArray: "["
            case .endArray: "]"
            case .key: "k"
            case .string: "s"
            case .number: "n"
            case .bool: "b"
            case .null: "0"
            case .end: "."
            }
        }
        #expect(kinds.joined() == "{k[nsb0]k{}}.")
    }

    @Test func textIsComparedAfterItsEscapes() throws {
        let bytes = Array(#"["media","m\u0065dia","medi","media2",""]"#.utf8)
        var scanner = JSONScanner()
        var matches: [Bool] = []
        while true {
            switch try scanner.next(in: bytes.span) {
            case .string(let text): matches.append(text.equals("media", in: bytes.span))
            case .end:
                #expect(matches == [true, true, false, false, false])
                return
            default: continue
            }
        }
    }

    @Test func restOfAValueIsSkipped() throws {
        let bytes = Array(#"{"skip":{"a":[[1],{"b":2}]},"also":[],"plain":3,"last":"found"}"#.utf8)
        var scanner = JSONScanner()
        var found = ""
        #expect(try scanner.next(in: bytes.span) == .beginObject)
        while case .key(let key) = try scanner.next(in: bytes.span) {
            let value = try scanner.next(in: bytes.span)
            if key.equals("last", in: bytes.span), case .string(let text) = value {
                found = text.decoded(in: bytes.span)
            }
            try scanner.skipRest(of: value, in: bytes.span)
        }
        #expect(found == "found")
        #expect(try scanner.next(in: bytes.span) == .end)
    }

    /// The end token comes back as often as it is asked for.
    @Test func endStaysEnd() throws {
        let bytes = Array("1".utf8)
        var scanner = JSONScanner()
        _ = try scanner.next(in: bytes.span)
        #expect(try scanner.next(in: bytes.span) == .end)
        #expect(try scanner.next(in: bytes.span) == .end)
    }
}
