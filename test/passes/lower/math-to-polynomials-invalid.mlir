// RUN: inlay-opt %s -p math-to-polynomials --verify-diagnostics

func.func @wide(%x: f128) -> f128 {
  // expected-error @+1 {{math.exp on f128: expected f16, bf16, f32 or f64}}
  %y = math.exp %x : f128
  func.return %y : f128
}
