import Addressing
import Foundation
import SDP
import Testing

/// One case of Resources/sdp.json.
struct SessionVector: Decodable {
    let name: String
    /// Nil for a case that is made up by `gen`.
    let sdp: String?
    let gen: String?
    let expect: String
    /// Bytes of the description.
    let len: Int

    static func all() throws -> [SessionVector] {
        try JSONDecoder().decode([SessionVector].self, from: Resource.read("sdp"))
    }

    /// The description's bytes, generated where the case is too large to be written down.
    func bytes() throws -> [UInt8] {
        if let sdp = self.sdp { return Array(sdp.utf8) }
        switch self.gen {
        case "128 m-lines": return Array((Self.session + String(repeating: Self.audio, count: 128)).utf8)
        case "10000 a= lines":
            let media = "m=audio 30000 RTP/AVP 8 0 101\r\n"
            return Array((Self.session + media + String(repeating: "a=x\r\n", count: 10_000)).utf8)
        case "1 MiB line":
            let line = "a=" + String(repeating: "x", count: 1_048_576) + "\r\n"
            return Array((Self.session + "m=audio 30000 RTP/AVP 8\r\n" + line).utf8)
        case "4096 PTs on one m=":
            let formats = (0..<4096).map { String($0 % 128) }.joined(separator: " ")
            return Array((Self.session + "m=audio 30000 RTP/AVP " + formats + "\r\n").utf8)
        default: throw Unknown(name: self.name)
        }
    }

    struct Unknown: Error {
        let name: String
    }

    static let session = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    static let audio =
        "m=audio 30000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
        + "a=fmtp:101 0-15\r\na=ptime:20\r\n"
}

/// One case of Resources/sdes.json.
struct CryptoVector: Decodable {
    let line: String
    let expect: String
    /// Bytes of key and salt, as the line has them; nil when they cannot be read.
    let keyLength: Int?

    enum CodingKeys: String, CodingKey {
        case line
        case expect
        case keyLength = "key_len"
    }

    static func all() throws -> [CryptoVector] {
        try JSONDecoder().decode([CryptoVector].self, from: Resource.read("sdes"))
    }
}

enum Resource {
    static func read(_ name: String) throws -> Data {
        let url = try #require(
            Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Resources"))
        return try Data(contentsOf: url)
    }
}

/// This side of a call in the tests.
enum Local {
    static let keys = Array(UInt8(0)..<30)
    static let otherKeys = Array(UInt8(100)..<130)

    static func plain(
        address: String = "198.51.100.7", codecs: [AudioCodecName] = [.pcma, .pcmu],
        direction: MediaDirection = .sendrecv, rtcpMux: Bool = false
    ) throws -> LocalAudio {
        LocalAudio(
            address: try #require(IPAddress(address)), port: 20_000, codecs: codecs, security: .none,
            direction: direction, sessionID: 7, sessionVersion: 1, rtcpMux: rtcpMux)
    }

    /// With a key for each suite, the stronger one first.
    static func secure() throws -> LocalAudio {
        var local = try Self.plain()
        local.security = .sdesRequired([
            try #require(CryptoAttribute(tag: 1, suite: .aesCM128HMACSHA1_80, key: Self.keys)),
            try #require(CryptoAttribute(tag: 2, suite: .aesCM128HMACSHA1_32, key: Self.otherKeys)),
        ])
        return local
    }
}

extension SessionDescription {
    init(_ text: String) throws(SDPRefusal) {
        try self.init(parsing: Array(text.utf8))
    }

    var text: String {
        String(decoding: self.encoded(), as: UTF8.self)
    }
}
