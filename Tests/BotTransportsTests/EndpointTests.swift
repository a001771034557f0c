import BotProtocol
import BotTransports
import Testing

/// URLs and commands that can be used, and those that cannot.
struct EndpointTests {
    @Test(
        arguments: [
            ("ws://bot.example/", "bot.example", 80, "/", "bot.example"),
            ("ws://bot.example", "bot.example", 80, "/", "bot.example"),
            ("WS://Bot.Example:9000/a/b?c=d&e=%20", "Bot.Example", 9000, "/a/b?c=d&e=%20", "Bot.Example:9000"),
            ("ws://bot?x=1", "bot", 80, "/?x=1", "bot"),
            ("ws://127.0.0.1:65535/x", "127.0.0.1", 65_535, "/x", "127.0.0.1:65535"),
            ("ws://[::1]:8765/x", "::1", 8_765, "/x", "[::1]:8765"),
            ("ws://[2001:db8::1]", "2001:db8::1", 80, "/", "[2001:db8::1]"),
            ("ws://user:pass@bot:81/x@y", "bot", 81, "/x@y", "bot:81"),
        ] as [(String, String, UInt16, String, String)])
    func urls(url: String, host: String, port: UInt16, target: String, authority: String) throws {
        let endpoint = try WebSocketEndpoint(url: url)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.target == target)
        #expect(endpoint.authority == authority)
    }

    @Test(arguments: [
        "", "bot", "http://bot/", "ws://", "ws:///x", "ws://bot:0/", "ws://bot:65536/", "ws://bot:x/", "ws://bot:/",
        "ws://[::1/", "ws://[::1]x/", "ws://[bot]/", "ws://bot/#f", "ws://bot/a b", "ws://bot/\r\nX: y", "ws://bot/é",
        "ws://user@bot/", "ws://us%zzer:x@bot/", "ws://bot:+80/", "ws://" + String(repeating: "a", count: 254) + "/",
        "ws://bot/" + String(repeating: "a", count: 2_048),
    ])
    func urlsThatCannotBeDialled(url: String) {
        let error = #expect(throws: BotConnectionError.self) { try WebSocketEndpoint(url: url) }
        guard case .invalidURL = error else {
            Issue.record("\(url): \(String(describing: error))")
            return
        }
    }

    @Test func secureWebSockets() throws {
        let endpoint = try WebSocketEndpoint(url: "wss://bot.example/x")
        #expect(endpoint.tls != nil)
        #expect(endpoint.port == 443)
        #expect(endpoint.authority == "bot.example")
        #expect(try WebSocketEndpoint(url: "wss://bot.example:80/").authority == "bot.example:80")
        #expect(try WebSocketEndpoint(url: "ws://bot.example:443/").tls == nil)
    }

    @Test(arguments: [
        ("ws+unix:/run/bot.sock:/a?b=c", "/run/bot.sock", "/a?b=c"), ("ws+unix:/run/bot.sock", "/run/bot.sock", "/"),
    ])
    func unixSockets(url: String, path: String, target: String) throws {
        let endpoint = try WebSocketEndpoint(url: url)
        #expect(endpoint.socketPath == path)
        #expect(endpoint.target == target)
        #expect(endpoint.authority == "localhost")
    }

    @Test func streams() throws {
        let plain = try StreamEndpoint(url: "tcp://[::1]:9092")
        #expect(plain.host == "::1")
        #expect(plain.port == 9_092)
        #expect(plain.tls == nil)
        #expect(try StreamEndpoint(url: "tls://bot.example:1").tls != nil)
    }

    @Test(arguments: [
        "ws+unix:", "ws+unix:run/bot.sock", "ws+unix:/run/bot.sock:a", "ws+unix:/" + String(repeating: "a", count: 107),
    ])
    func unixSocketsThatCannotBeDialled(url: String) {
        #expect(throws: BotConnectionError.self) { try WebSocketEndpoint(url: url) }
    }

    @Test(arguments: ["", "tcp://", "tcp://bot", "tcp://bot:0", "tcp://bot:1/", "tcp://bot:1 ", "udp://bot:1", "bot:1"])
    func streamsThatCannotBeDialled(url: String) {
        #expect(throws: BotConnectionError.self) { try StreamEndpoint(url: url) }
    }

    /// RFC 7617: user and password may be percent-encoded in the URL.
    @Test func credentials() throws {
        let endpoint = try WebSocketEndpoint(url: "ws://Aladdin:open%20sesame@bot/", headers: [NamedValue("X-A", "1")])
        #expect(
            endpoint.headers == [
                NamedValue("X-A", "1"), NamedValue("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ])
    }

    @Test(arguments: [("X-A", "a\r\nB: c"), ("X-A", "\u{0}"), ("X A", "a"), ("", "a"), ("X\n", "a")])
    func headersThatCannotBeSent(name: String, value: String) {
        #expect(throws: BotConnectionError.invalidHeader(name)) {
            try WebSocketEndpoint(url: "ws://bot/", headers: [NamedValue(name, value)])
        }
    }

    @Test(
        arguments: [
            ([], []), ([""], []), (["a\0b"], []), (["a", "b\0"], []), ([String](repeating: "a", count: 129), []),
            (["a", String(repeating: "b", count: 65_536)], []), (["a"], [NamedValue("", "v")]),
            (["a"], [NamedValue("N=", "v")]), (["a"], [NamedValue("N", "v\0")]),
        ] as [([String], [NamedValue])])
    func commandsThatCannotBeStarted(arguments: [String], environment: [NamedValue]) {
        let error = #expect(throws: BotConnectionError.self) {
            try ProcessEndpoint(arguments: arguments, environment: environment)
        }
        guard case .invalidInvocation = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    /// Nothing is taken for a shell's: quotes, semicolons and dollars are characters of an argument.
    @Test func argumentsAreNotInterpreted() throws {
        let arguments = ["prog", "; rm -rf /", "$HOME", "`id`", "\"a' b"]
        #expect(try ProcessEndpoint(arguments: arguments).arguments == arguments)
    }
}
