import Digests
import HTTPTypes
import Hummingbird

/// The API's secret. It prints as dots, so that no log can hold it.
package struct BearerToken: Sendable, CustomStringConvertible {
    /// Shorter ones can be guessed.
    package static let lengthMin = 16

    private let digest: [UInt8]

    /// Nil for a token of less than 16 characters, or with anything but visible ASCII in it.
    package init?(_ text: String) {
        guard text.utf8.count >= Self.lengthMin, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return nil
        }
        self.digest = SHA256.hash(Array(text.utf8))
    }

    package var description: String { "••••" }

    /// Compares digests in constant time, so that neither length nor content shows in the time of an answer.
    package func matches(_ text: some StringProtocol) -> Bool {
        constantTimeEquals(SHA256.hash(Array(text.utf8)), self.digest)
    }
}

/// Answers 401 to requests without the token (RFC 6750 section 3).
struct BearerTokenMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: BearerToken

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let scheme = "Bearer "
        guard let authorization = request.headers[.authorization], authorization.hasPrefix(scheme),
            self.token.matches(authorization.dropFirst(scheme.count))
        else {
            var response = JSONResponse.failure(
                .unauthorized, "A bearer token is needed, as in Authorization: Bearer …")
            response.headers[.wwwAuthenticate] = "Bearer realm=\"trunkline\""
            return response
        }
        return try await next(request, context)
    }
}
