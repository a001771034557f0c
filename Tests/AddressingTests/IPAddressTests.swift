import Addressing
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        "0.0.0.0", "127.0.0.1", "192.0.2.255", "255.255.255.255", "2001:db8::1", "::", "::1",
        "2001:db8:0:1:1:1:1:1", "fe80::1:0:0:1", "1:2:3:4:5:6:7:8",
    ])
    func canonicalTextSurvivesARoundTrip(text: String) throws {
        #expect(try #require(IPAddress(text)).description == text)
    }

    /// RFC 5952 section 4: one way to write an address, whatever way it came.
    @Test(arguments: [
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"),
        ("2001:0db8::0001", "2001:db8::1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        ("::ffff:192.0.2.1", "::ffff:c000:201"), ("1::", "1::"), ("0:0:0:0:0:0:0:1", "::1"),
    ])
    func otherFormsBecomeCanonical(text: String, canonical: String) throws {
        #expect(try #require(IPAddress(text)).description == canonical)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.-4", "1.2.3.4 ", "+1.2.3.4", ":", ":::",
        "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "[::1", "::1]",
        "fe80::1%eth0",
        "1.2.3.4::", "::1.2.3", "host.example", "[]", "1:2:3:4:5:6:7:8::",
    ])
    func everythingElseIsRefused(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func kindsOfAddress() throws {
        #expect(try #require(IPAddress("127.1.2.3")).isLoopback)
        #expect(try #require(IPAddress("::ffff:127.0.0.1")).isLoopback)
        #expect(try #require(IPAddress("::1")).isLoopback)
        #expect(try #require(IPAddress("224.2.36.42")).isMulticastOrBroadcast)
        #expect(try #require(IPAddress("255.255.255.255")).isMulticastOrBroadcast)
        #expect(try #require(IPAddress("ff02::1")).isMulticastOrBroadcast)
        #expect(try #require(IPAddress("::")).isUnspecified)
        #expect(!IPAddress.loopback.isUnspecified)
        #expect(try #require(IPAddress("::ffff:192.0.2.1")).unmapped == IPAddress("192.0.2.1"))
    }

    @Test func transportAddressesAreWrittenWithBrackets() throws {
        #expect(TransportAddress(.loopback, port: 5060).description == "127.0.0.1:5060")
        #expect(TransportAddress(try #require(IPAddress("2001:db8::1")), port: 443).description == "[2001:db8::1]:443")
    }
}
