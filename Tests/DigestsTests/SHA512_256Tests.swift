import Digests
import Testing

/// FIPS 180-4, with the examples of NIST.
@Suite struct SHA512_256Tests {
    @Test(arguments: [
        ("abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        ("", "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"),
    ])
    func agreesWithNIST(message: String, digest: String) {
        let octets = SHA512_256.hash(Array(message.utf8))
        #expect(octets.count == SHA512_256.lengthInBytes)
        let text = octets.map { octet in (octet < 16 ? "0" : "") + String(octet, radix: 16) }.joined()
        #expect(text == digest)
    }
}
