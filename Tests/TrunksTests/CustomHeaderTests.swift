import SIPSyntax
import Testing
import Trunks

/// A custom header can be nothing but a custom header.
@Suite struct CustomHeaderTests {
    @Test(arguments: [
        ("X-UUI", "a=b;c"), ("X-Custom-Order", "4711"), ("P-Asserted-Identity", "<sip:+91@x>"), ("X-é", ""),
    ])
    func goodOrNot(_ name: String, _ value: String) throws {
        if value.isEmpty {
            #expect(throws: TrunkError.badHeaderName) { try CustomHeader(name: name, value: "x") }
        } else {
            let header = try CustomHeader(name: name, value: value)
            #expect(header.field == Headers.Field(name: try HeaderName(name), value: try HeaderValue(value)))
        }
    }

    /// The three that Exotel adds on its own side, in any spelling.
    @Test(
        arguments: [
            "X-Exotel-CallSid", "x-exotel-callsid", "X-EXOTEL-CALLSID", "X-Exotel-Callsid", "X_Exotel_CallSid",
            "X-Exotel-Call-Sid", "XExotelCallSid", "X-Exotel-LegSid", "x-exotel-LEGSID", "X-Exotel-Leg_Sid",
            "X-Exotel-TrunkSid", "x.exotel.trunksid", "X-Exotel--TrunkSid",
        ])
    func carrierHeaders(_ name: String) {
        let error = #expect(throws: TrunkError.self) { try CustomHeader(name: name, value: "1") }
        guard case .carrierHeader = error else {
            Issue.record("\(name) was refused as \(String(describing: error))")
            return
        }
    }

    @Test(
        arguments: [
            "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length", "Content-Type",
            "content-disposition", "Route", "Record-Route", "Require", "Supported", "Allow", "Authorization",
            "Proxy-Authorization", "PROXY-REQUIRE", "User-Agent", "Session-Expires", "Replaces", "Reason", "Timestamp",
        ])
    func coreHeaders(_ name: String) throws {
        #expect(throws: TrunkError.coreHeader(name: try HeaderName(name).text)) {
            try CustomHeader(name: name, value: "1")
        }
    }

    /// Compact forms, broken tokens, and a name that would end its line.
    @Test(arguments: ["v", "f", "t", "i", "m", "l", "c", "y", "", "X A", "X:A", "X-A\r\nVia", "X-A\u{0}", "é"])
    func badNames(_ name: String) {
        #expect(throws: TrunkError.self) { try CustomHeader(name: name, value: "1") }
    }

    @Test(arguments: ["", " ", "a\r\nVia: x", "a\nb", "a\rb", "a\u{0}b", "a\u{1B}b", "a\u{7F}"]) func badValues(
        _ value: String
    ) {
        #expect(throws: TrunkError.badHeaderValue(name: "X-A")) { try CustomHeader(name: "X-A", value: value) }
    }

    @Test func lengthsAreBounded() throws {
        let longest = String(repeating: "v", count: CustomHeader.valueLengthMax)
        _ = try CustomHeader(name: "X-A", value: longest)
        #expect(throws: TrunkError.badHeaderValue(name: "X-A")) { try CustomHeader(name: "X-A", value: longest + "v") }
        #expect(throws: TrunkError.badHeaderName) {
            try CustomHeader(name: "X-" + String(repeating: "n", count: 63), value: "v")
        }
    }
}
