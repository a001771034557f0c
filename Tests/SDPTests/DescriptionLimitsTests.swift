import SDP
import Testing

/// Every stated maximum is met exactly, and exceeded by one.
struct DescriptionLimitsTests {
    @Test func defaultsAreAsStated() {
        let limits = DescriptionLimits.default
        #expect(limits.lengthMax == 65_536)
        #expect(limits.lineCountMax == 1024)
        #expect(limits.lineLengthMax == 8192)
        #expect(limits.mediaCountMax == 32)
        #expect(limits.attributeCountMax == 256)
        #expect(limits.formatCountMax == 128)
    }

    private func refusal(_ text: String) -> SDPRefusal? {
        do throws(SDPRefusal) {
            _ = try SessionDescription(text)
            return nil
        } catch {
            return error
        }
    }

    @Test func length() {
        let line = "x=" + String(repeating: "x", count: 8000) + "\r\n"
        let text = "v=0\r\n" + String(repeating: line, count: 8)
        let rest = 65_536 - text.utf8.count - 2
        #expect(self.refusal(text + "x=" + String(repeating: "x", count: rest)) == nil)
        #expect(self.refusal(text + "x=" + String(repeating: "x", count: rest + 1)) == .tooLong)
    }

    @Test func lineLength() {
        #expect(self.refusal("v=0\r\nx=" + String(repeating: "x", count: 8190) + "\r\n") == nil)
        #expect(self.refusal("v=0\r\nx=" + String(repeating: "x", count: 8191) + "\r\n") == .lineTooLong)
    }

    @Test func lineCount() {
        #expect(self.refusal("v=0\n" + String(repeating: "x=1\n", count: 1023)) == nil)
        #expect(self.refusal("v=0\n" + String(repeating: "x=1\n", count: 1024)) == .tooManyLines)
    }

    @Test func mediaCount() {
        let media = "m=audio 30000 RTP/AVP 8\r\n"
        #expect(self.refusal("v=0\r\n" + String(repeating: media, count: 32)) == nil)
        #expect(self.refusal("v=0\r\n" + String(repeating: media, count: 33)) == .tooManyMediaDescriptions)
    }

    @Test func attributeCount() {
        let media = "m=audio 30000 RTP/AVP 8\r\n"
        let attributes = String(repeating: "a=x\r\n", count: 256)
        #expect(self.refusal("v=0\r\n" + attributes + media + attributes) == nil)
        #expect(self.refusal("v=0\r\n" + attributes + "a=x\r\n") == .tooManyAttributes)
        #expect(self.refusal("v=0\r\n" + media + attributes + "a=x\r\n") == .tooManyAttributes)
    }

    @Test func formatCount() {
        let media = "v=0\r\nm=audio 30000 RTP/AVP" + String(repeating: " 8", count: 128)
        #expect(self.refusal(media) == nil)
        #expect(self.refusal(media + " 8") == .tooManyFormats)
    }

    /// Each refusal is an answer: a status, a warning code (RFC 3261 section 20.43) and a plain sentence.
    @Test(arguments: [
        SDPRefusal.tooLong, .tooManyLines, .lineTooLong, .tooManyMediaDescriptions, .tooManyAttributes, .tooManyFormats,
        .empty, .malformedLine(3), .unsupportedVersion, .missingConnectionAddress, .controlCharacter, .noAudio,
        .unsupportedTransport, .securityRequired, .securityUnavailable, .noUsableCrypto(nil),
        .noUsableCrypto(.masterKeyIdentifier), .noCommonCodec, .multicastAddress, .loopbackAddress,
        .nameInsteadOfAddress, .addressFamilyMismatch, .unusablePort, .mediaCountDiffers, .transportNotOffered,
        .codecNotOffered, .cryptoNotOffered,
    ])
    func everyRefusalCanBeAnswered(_ refusal: SDPRefusal) {
        #expect([400, 413, 488].contains(refusal.statusCode))
        #expect(300...399 ~= refusal.warningCode)
        #expect(!refusal.sentence.isEmpty)
        #expect(refusal.sentence.utf8.allSatisfy { 0x20...0x7E ~= $0 })
    }
}
