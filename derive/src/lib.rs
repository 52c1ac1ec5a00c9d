//! The derive macro of brinery.
